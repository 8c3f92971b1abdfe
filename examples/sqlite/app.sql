CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, body TEXT, updated_at TEXT);
INSERT INTO articles VALUES (1, '연차', '연차 휴가는 1년에 15일이다.', '2026-01-01');
INSERT INTO articles VALUES (2, 'Ferries', 'The ferry to Jeju leaves at noon.', '2026-01-02');
