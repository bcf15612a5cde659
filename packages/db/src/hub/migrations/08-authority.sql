-- By which the servers of the fleet know each other over TLS, with JZSE_TLS=fleet. One, however many hubs there are.
CREATE TABLE authority (
  is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  certificate text   NOT NULL,            -- PEM
  private_key text   NOT NULL,            -- PEM, PKCS #8
  created_ms  bigint NOT NULL
);
