"""Does relevance tell queries whose answer is in the gallery from those whose answer is not?"""
