"""The server and the only wiring: app, access, stores, endpoints, pages, simulators, command line."""
