"""Who said what: rules compiled to surface forms, and documents held against them."""
