"""What labels add to zero-shot categories, on photos that the model never trained on."""
