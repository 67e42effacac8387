"""From the config file to frozen settings; keys; secrets; where things live."""
