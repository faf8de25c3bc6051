"""Pictures that come in as queries and go out as thumbnails, decoded in confined processes."""
