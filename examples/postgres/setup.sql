CREATE TABLE articles (
  id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO articles (id, title, body) VALUES
  (1, '연차 휴가', '연차 휴가는 1년에 15일이다. 남은 휴가는 다음 해로 넘어가지 않는다.'),
  (2, 'Ferries', 'The ferry to the island sails at noon, and at four in winter.');
-- So that `naru run --watch` hears of changes at once.
CREATE FUNCTION tell_of_articles() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY articles_changed; RETURN NULL; END $$;
CREATE TRIGGER articles_changed AFTER INSERT OR UPDATE OR DELETE ON articles EXECUTE FUNCTION tell_of_articles();
