"""The weather API: three small services over one Cassandra keyspace, one image, chosen by command."""
