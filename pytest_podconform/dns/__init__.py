"""Pod DNS, pure: policy to resolv.conf, name to candidates, objects to records."""
