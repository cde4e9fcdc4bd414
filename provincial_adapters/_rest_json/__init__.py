"""Parts of the REST dialect: what is declared of a platform, how it is asked, and how its answers become columns."""
