"""Vector indexes beside one another: recall for words and pictures, time, memory, build."""
