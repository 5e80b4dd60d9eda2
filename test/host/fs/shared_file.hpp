// One file that several clients append to, cut and read at the same time, against its model. A call
// counts from when it is answered; appends and truncations of one file exclude each other, so every
// answer must be exactly what the calls answered before it make of the file.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "test/host/fs/fs_client.hpp"

namespace axo::host {

class SharedFile {
public:
    explicit SharedFile(std::uint64_t inode) : inode_(inode) {}

    /// A record of its own: letters of the client, with a number in front.
    template <class Client>
    void append(Client &client, char letter, std::size_t bytes) {
        std::string record = std::to_string(++records_) + letter;
        record.resize(std::max(bytes, record.size()), letter);
        fs::Write request{};
        request.inode = inode_;
        request.bytes = record.size();
        request.buffer = client.grant(record.data(), record.size());
        request.append = 1;
        const auto settled = [&](const Result<fs::Write::Reply> &reply) {
            if (!reply) return;
            if (cut_failed_) content_.resize(std::min(content_.size(), reply->offset_after - reply->bytes));
            cut_failed_ = false;
            EXPECT_EQ(reply->offset_after, content_.size() + reply->bytes) << "not at the end";
            EXPECT_EQ(reply->size, reply->offset_after);
            content_ += record.substr(0, reply->bytes);
        };
        static_cast<void>(client.faulted());
        const auto written = client.call(request, settled);
        const bool excused = client.faulted();
        if (!written) {
            EXPECT_TRUE(excused && written.error() == Error::io) << "error " << static_cast<int>(written.error());
        } else if (written->bytes != record.size()) {
            EXPECT_TRUE(excused) << "a short write";
        }
    }
    template <class Client>
    void clear(Client &client) {
        fs::Truncate request{};
        request.inode = inode_;
        ++cuts_;
        const auto settled = [&](const Result<Nothing> &reply) {
            ++cuts_;
            cut_failed_ = !reply;
            if (reply) content_.clear();
        };
        static_cast<void>(client.faulted());
        const auto cut = client.call(request, settled);
        const bool excused = client.faulted();
        if (!cut) { EXPECT_TRUE(excused && cut.error() == Error::io); }
    }
    /// What was there when the call began, and was not cut since, is what it reads.
    template <class Client>
    void read(Client &client) {
        const std::string before = content_;
        const unsigned cuts = cuts_;
        std::string data(before.size() + 100, '?');
        fs::Read request{};
        request.inode = inode_;
        request.bytes = data.size();
        request.buffer = client.grant(data.data(), data.size());
        static_cast<void>(client.faulted());
        const auto got = client.call(request);
        const bool excused = client.faulted();
        if (!got) {
            EXPECT_TRUE(excused && got.error() == Error::io);
            return;
        }
        if (cuts != cuts_ || cut_failed_) return;
        EXPECT_TRUE(got->bytes >= before.size() || excused) << "a short read";
        EXPECT_TRUE(data.starts_with(before.substr(0, got->bytes))) << "it reads something else";
    }
    /// The whole file, when nobody works on it.
    template <class Client>
    void compare(Client &client) {
        FsClient<Client> files(client);
        const auto data = files.read_from(inode_, 0, content_.size() + 1000);
        ASSERT_TRUE(data);
        if (!cut_failed_) { EXPECT_TRUE(*data == content_) << data->size() << " bytes instead of " << content_.size(); }
    }

private:
    std::uint64_t inode_;
    std::string content_;
    unsigned records_ = 0, cuts_ = 0;
    bool cut_failed_ = false;  // how far it came shows the next append
};

}  // namespace axo::host
