CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, body TEXT, price REAL, updated_at INTEGER);
INSERT INTO articles VALUES
  (1, '연차 휴가', '연차 휴가는 1년에 15일이다. 남은 휴가는 다음 해로 넘어가지 않는다.', 4.5, 1),
  (2, 'Ferries', 'The ferry to the island sails at noon, and at four in winter.', 12, 1);
