"""What a searcher keeps of a gallery between queries, brought up to each query's revision."""
