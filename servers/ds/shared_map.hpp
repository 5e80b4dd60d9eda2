// Pages that a publisher shows. DS does not map them itself, so that nothing of a publisher can make it fault: it
// copies by the publisher's grant, and passes that grant on to readers who want to map the pages.
#pragma once

#include "axo/ds_protocol.hpp"
#include "lib/base/vector.hpp"
#include "lib/sys/grants.hpp"

namespace axo::ds {

/// The publisher's grant, passed on to one reader. When it ends, the reader's mapping becomes a copy of its own.
class MapView {
public:
    MapView(Endpoint reader, sys::Grant grant) : reader_(reader), grant_(std::move(grant)) {}
    MapView(MapView &&) noexcept = default;
    MapView &operator=(MapView &&other) noexcept;
    ~MapView();

    Endpoint reader() const { return reader_; }
    GrantId grant() const { return grant_.id(); }

private:
    void end_mapping();

    Endpoint reader_;
    sys::Grant grant_;
};

class SharedMap {
public:
    /// The last byte is read, which the grant must allow. Errors: invalid (not whole pages); those of reading.
    Status show(Endpoint publisher, GrantId grant, std::uint64_t bytes);

    /// The grant of DS by which `reader` may map the pages; asked for again, it is the same. Errors: no_memory.
    Result<GrantId> share(Endpoint reader);
    void end_view_of(Endpoint reader);

    /// As much of the pages as fits, to the reader's grant; returns how much. Errors: io, those of writing.
    Result<std::uint64_t> copy_to(Endpoint reader, GrantId to, std::uint64_t room) const;

    /// The index of the new snapshot. Errors: no_memory, io; the old ones stay then.
    Result<std::uint64_t> take_snapshot();
    /// Null: never taken, or no longer kept.
    const Vector<std::byte> *snapshot(std::uint64_t index) const;

    std::uint64_t bytes() const { return bytes_; }
    /// Kept in snapshots, now and after one more.
    std::uint64_t snapshot_bytes() const { return snapshots_.size() * bytes_; }
    std::uint64_t next_snapshot_bytes() const { return snapshots_.size() < snapshots_kept ? bytes_ : 0; }

private:
    Status read(std::uint64_t offset, void *to, std::uint64_t bytes) const;

    Endpoint publisher_ = endpoint::none;
    GrantId grant_ = invalid_grant;
    std::uint64_t bytes_ = 0;
    std::uint64_t snapshots_taken_ = 0;
    Vector<Vector<std::byte>> snapshots_;  // index n in place n % snapshots_kept
    Vector<MapView> views_;
};

}  // namespace axo::ds
