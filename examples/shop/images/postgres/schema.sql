CREATE TABLE orders (id text PRIMARY KEY, customer text NOT NULL, item text NOT NULL, quantity int NOT NULL, price double precision NOT NULL);
