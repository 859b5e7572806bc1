"""The mappings that come with the package, as data: one YAML file per vendor."""
