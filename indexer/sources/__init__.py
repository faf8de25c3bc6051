"""Where pictures come from: folders, archives, catalogues and file lists."""
