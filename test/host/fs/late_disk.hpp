// A block driver that answers late and in an order of its own, fails when told to, and dies with
// requests half done. Which block was written when is recorded: every prefix of that is what the disk
// may hold when the power goes.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "axo/device_protocol.hpp"
#include "axo/ds_protocol.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::host {

class LateDisk {
public:
    struct Written {
        std::size_t offset;
        std::vector<std::byte> data;
    };

    LateDisk(fake::System &system, std::mt19937 &random, std::vector<std::byte> content)
        : image(std::move(content)), system_(system), random_(random) {
        system.answer<device::Open>([this](Endpoint, const device::Open &open) -> Result<device::Open::Reply> {
            return device::Open::Reply{open.minor, 0, image.size()};
        });
        system.answer<device::Close>([this](Endpoint, const device::Close &) -> Result<Nothing> {
            ++closed;
            return Nothing{};
        });
        system.answer<ds::EndpointOf>([this](Endpoint, const ds::EndpointOf &) -> Result<ds::EndpointOf::Reply> {
            return ds::EndpointOf::Reply{driver_};
        });
    }

    /// Takes over what the server has sent. Some data is fetched at once, as by a device that reads memory early.
    void collect() {
        while (const auto sent = system_.take_request(device::Transfer::number)) {
            Job job{sent->peer, sent->message, decode_request<device::Transfer>(sent->message), system_.time, {}};
            if (job.request.write != 0 && random_() % 2 == 0) job.early = fetch(job);
            jobs_.push_back(std::move(job));
        }
    }
    bool waiting() const { return !jobs_.empty(); }
    std::size_t waiting_count() const { return jobs_.size(); }
    bool alive() const { return alive_; }
    Endpoint driver() const { return driver_; }
    /// How long the oldest request has waited.
    Nanoseconds oldest() const {
        Nanoseconds since = system_.time;
        for (const Job &job : jobs_) since = std::min(since, job.since);
        return system_.time - since;
    }

    /// Answers one of the requests that wait; the service is to be run afterwards.
    void answer_one() {
        const std::size_t chosen = random_() % jobs_.size();
        const Job job = std::move(jobs_[chosen]);
        jobs_.erase(jobs_.begin() + static_cast<long>(chosen));
        const bool fails = fail_one_in != 0 && random_() % fail_one_in == 0;
        if (fails) ++failures;
        const std::uint64_t all = bytes_of(job);
        move(job, fails ? random_() % (all + 1) : all);
        Message reply = fails ? encode_error(device::Transfer::number, job.message.tag, to_wire(Error::io))
                              : encode_reply(device::Transfer::number, job.message.tag, device::Transfer::Reply{all});
        reply.source = job.driver;
        reply.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        system_.inbox.push_back(reply);
    }
    /// The driver dies, in the middle of some of its requests.
    void die() {
        alive_ = false;
        for (const Job &job : jobs_) move(job, random_() % (bytes_of(job) + 1));
        jobs_.clear();
        system_.fail_senda(driver_, Error::dead_peer);
    }
    /// Its successor's endpoint.
    Endpoint come_back() {
        alive_ = true;
        driver_ = Endpoint::make(20, ++generation_);
        return driver_;
    }

    std::vector<std::byte> image;
    std::vector<Written> log;  // while `recording`
    bool recording = false;
    unsigned fail_one_in = 0;  // 0: none
    unsigned failures = 0, transfers = 0, closed = 0;

private:
    struct Job {
        Endpoint driver;
        Message message;
        device::Transfer request;
        Nanoseconds since;
        std::vector<std::byte> early;  // fetched when the request came
    };
    std::vector<device::TransferElement> elements(const Job &job) {
        const auto vector = system_.granted(job.request.vector, job.driver);
        std::vector<device::TransferElement> result(job.request.count);
        if (vector.size() == result.size() * sizeof result[0]) std::memcpy(result.data(), vector.data(), vector.size());
        return result;
    }
    std::uint64_t bytes_of(const Job &job) {
        std::uint64_t bytes = 0;
        for (const auto &element : elements(job)) bytes += element.bytes;
        return bytes;
    }
    std::vector<std::byte> fetch(const Job &job) {
        std::vector<std::byte> data;
        for (const auto &element : elements(job)) {
            const auto buffer = system_.granted(element.buffer, job.driver);
            if (buffer.size() < element.bytes) return {};  // revoked: its request was given up
            data.insert(data.end(), buffer.begin(), buffer.begin() + element.bytes);
        }
        return data;
    }
    /// The first `bytes` of the request's data. Sectors are written whole.
    void move(const Job &job, std::uint64_t bytes) {
        ++transfers;
        if (job.request.write == 0) return read(job, bytes);
        std::vector<std::byte> data = job.early.empty() ? fetch(job) : job.early;
        data.resize(std::min<std::size_t>(data.size(), bytes & ~std::uint64_t{511}));
        std::copy(data.begin(), data.end(), image.begin() + static_cast<long>(job.request.offset));
        constexpr std::size_t block = 1024;
        for (std::size_t at = 0; recording && at < data.size(); at += block) {
            const auto from = data.begin() + static_cast<long>(at);
            log.push_back(
                {job.request.offset + at, {from, from + static_cast<long>(std::min(block, data.size() - at))}});
        }
    }
    void read(const Job &job, std::uint64_t bytes) {
        std::size_t at = job.request.offset;
        for (const auto &element : elements(job)) {
            const auto buffer = system_.granted(element.buffer, job.driver);
            const std::size_t part = std::min<std::uint64_t>(element.bytes, bytes);
            if (buffer.size() < part) return;
            std::copy_n(image.begin() + static_cast<long>(at), part, buffer.begin());
            at += part;
            bytes -= part;
        }
    }

    fake::System &system_;
    std::mt19937 &random_;
    std::vector<Job> jobs_;
    bool alive_ = true;
    unsigned generation_ = 1;
    Endpoint driver_ = Endpoint::make(20, 1);
};

}  // namespace axo::host
