SELECT greatest((SELECT max(received_at) FROM batch), (SELECT max(told_at) FROM registry_change));
