-- What tells whose a row is lies sealed, and is found by a keyed digest (node.usecases.sealed). keyed = 0 marks the rows of older programs:
-- the next start of the node keys and seals them, before it opens a port.

ALTER TABLE holder_use RENAME COLUMN holder_handle TO holder_key;

ALTER TABLE consent RENAME COLUMN grantor TO grantor_key;

ALTER TABLE holder_use ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE outbox ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE consent ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE objection_document ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

ALTER TABLE answer ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;

CREATE INDEX holder_use_unkeyed ON holder_use (keyed) WHERE keyed = 0;

CREATE INDEX outbox_unkeyed ON outbox (keyed) WHERE keyed = 0;

CREATE INDEX consent_unkeyed ON consent (keyed) WHERE keyed = 0;

CREATE INDEX objection_document_unkeyed ON objection_document (keyed) WHERE keyed = 0;

CREATE INDEX answer_unkeyed ON answer (keyed) WHERE keyed = 0;
