"""How likely a hit answers its query: its score beside what any other query would have got.

`texts` and `sample` are what other queries are made of, `background` makes them, `scale` turns a
score into a probability with the constants of `constants`.
"""
