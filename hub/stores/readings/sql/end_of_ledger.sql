SELECT (SELECT max(id) FROM batch), (SELECT arg_max(head, id) FROM batch), (SELECT max(received_at) FROM batch),
    EXISTS (SELECT 1 FROM card WHERE granularity >= 4);
