-- What differed when an uplink was compared last, and was offered since a moment.
SELECT day, data_code, figures, offered_at FROM difference WHERE uplink = :uplink AND offered_at >= :since;
