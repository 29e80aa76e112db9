from locust import HttpUser, between, task


class WebsiteUser(HttpUser):
    wait_time = between(1, 5)
    host = "https://www.example.com"

    def on_start(self):
        self.client.post("/login", {"username": "foo", "password": "bar"})

    @task
    def index(self):
        self.client.get("/")
        self.client.get("/static/assets.js")

    @task(3)
    def about(self):
        self.client.get("/about/")
