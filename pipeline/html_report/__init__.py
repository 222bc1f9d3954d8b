"""The report as one page: charts and tables that need no Kibana, no network and no library to be read."""
