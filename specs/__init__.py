"""The specs that come with the package, as data: one OpenAPI document per format."""
