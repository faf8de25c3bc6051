"""How the small embedded model is made, from data folders and drawn scenes."""
