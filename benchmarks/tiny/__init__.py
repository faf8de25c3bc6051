"""What the small embedded model can do, measured on photos and scenes it never trained on."""
