-- An entry of the evidence log has a length that 16 bits can write (C2SP tlog-tiles; trust.envelope.MAX_ENTRY_BYTES): no other could be published.
CREATE TRIGGER evidence_entry_size BEFORE INSERT ON evidence WHEN length(NEW.entry) > 65535 BEGIN
  SELECT RAISE(ABORT, 'an entry of the evidence log has at most 65535 bytes');
END;
