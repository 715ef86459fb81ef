-- What is amiss with the data of certificates, by certificate and word; how many of each are counted as they come and go, so that a report
-- reads a few rows and not all of them. `certificate` names no person.

CREATE TABLE quality_finding (
  source      TEXT    NOT NULL,
  certificate TEXT    NOT NULL,
  word        TEXT    NOT NULL,
  province    TEXT    NOT NULL,
  type_code   TEXT    NOT NULL,
  issuer_code TEXT    NOT NULL,
  found_at    INTEGER NOT NULL,
  PRIMARY KEY (source, certificate, word)
) STRICT, WITHOUT ROWID;

CREATE TABLE quality_count (
  province    TEXT    NOT NULL,
  type_code   TEXT    NOT NULL,
  issuer_code TEXT    NOT NULL,
  word        TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  amount      INTEGER NOT NULL,
  PRIMARY KEY (province, type_code, issuer_code, word, source)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER quality_finding_found AFTER INSERT ON quality_finding BEGIN
  INSERT INTO quality_count VALUES (NEW.province, NEW.type_code, NEW.issuer_code, NEW.word, NEW.source, 1)
  ON CONFLICT (province, type_code, issuer_code, word, source) DO UPDATE SET amount = amount + 1;
END;

CREATE TRIGGER quality_finding_mended AFTER DELETE ON quality_finding BEGIN
  UPDATE quality_count SET amount = amount - 1
  WHERE province = OLD.province AND type_code = OLD.type_code AND issuer_code = OLD.issuer_code
    AND word = OLD.word AND source = OLD.source;
END;
