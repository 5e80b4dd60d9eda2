// Clients of a server whose requests overlap: each is a script in a thread of its own, but only one of
// them, or the test itself, runs at a time, and the test says which. So a run follows from its seed.
#pragma once

#include <functional>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

namespace axo::host {

class Clients {
public:
    Clients() = default;
    Clients(const Clients &) = delete;
    Clients &operator=(const Clients &) = delete;
    /// Every script has come to its end by then.
    ~Clients() {
        for (const auto &client : clients_) client->thread.join();
    }

    /// The script does not start before its first go_on().
    void add(std::function<void()> script) {
        auto client = std::make_unique<Client>();
        client->thread = std::thread([this, self = client.get(), script = std::move(script)] {
            self->go.acquire();
            script();
            self->ended = true;
            stopped_.release();
        });
        clients_.push_back(std::move(client));
    }
    std::size_t count() const { return clients_.size(); }
    bool ended(std::size_t index) const { return clients_[index]->ended; }
    /// Runs one script until it pauses or ends.
    void go_on(std::size_t index) {
        running_ = clients_[index].get();
        running_->go.release();
        stopped_.acquire();
        running_ = nullptr;
    }
    /// Called by a script: the test goes on, until it says go_on() to this script again.
    void pause() {
        Client *const self = running_;
        stopped_.release();
        self->go.acquire();
    }
    bool inside() const { return running_ != nullptr; }

private:
    struct Client {
        std::thread thread;
        std::binary_semaphore go{0};
        bool ended = false;
    };
    std::vector<std::unique_ptr<Client>> clients_;
    std::binary_semaphore stopped_{0};
    Client *running_ = nullptr;
};

}  // namespace axo::host
