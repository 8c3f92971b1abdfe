-- boats
CREATE TABLE boat (name TEXT);

INSERT INTO boat VALUES ('naru');
