"""The simulators are tested too: a test that leans on a wrong simulator proves nothing."""
