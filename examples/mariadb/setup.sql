CREATE TABLE articles (
  id bigint PRIMARY KEY, title varchar(200) NOT NULL, body longtext NOT NULL,
  updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)) CHARACTER SET utf8mb4;
INSERT INTO articles (id, title, body) VALUES
  (1, '연차 휴가', '연차 휴가는 1년에 15일이다. 남은 휴가는 다음 해로 넘어가지 않는다.'),
  (2, 'Ferries', 'The ferry to the island sails at noon, and at four in winter.');
