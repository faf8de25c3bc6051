"""How good answers are, measured against labels; pure numpy but for what reads a gallery.

`classification` and `reliability` judge probabilities of classes, `ranking` judges orders of hits,
`index_recall` compares an index with exact search, `golden` asks queries whose answers are known.
"""
