#include "servers/ds/shared_map.hpp"

#include "lib/sys/kernel.hpp"

namespace axo::ds {

MapView &MapView::operator=(MapView &&other) noexcept {
    if (this != &other) {
        end_mapping();
        reader_ = other.reader_;
        grant_ = std::move(other.grant_);
    }
    return *this;
}

MapView::~MapView() { end_mapping(); }

// GrantTable::revoke does this for grants of own memory only.
void MapView::end_mapping() {
    if (grant_) static_cast<void>(sys::safe_revoke(grant_.id()));
}

Status SharedMap::show(Endpoint publisher, GrantId grant, std::uint64_t bytes) {
    if (bytes == 0 || bytes % page_size != 0) return Error::invalid;
    std::byte last{};
    TRY(sys::safe_copy_from(publisher, grant, bytes - 1, &last, 1));
    publisher_ = publisher;
    grant_ = grant;
    bytes_ = bytes;
    return {};
}

Result<GrantId> SharedMap::share(Endpoint reader) {
    for (const MapView &view : views_) {
        if (view.reader() == reader) return view.grant();
    }
    sys::Grant grant = TRY(sys::Grant::indirect(reader, publisher_, grant_));
    TRY(views_.push_back(MapView(reader, std::move(grant))));
    return views_.back().grant();
}

void SharedMap::end_view_of(Endpoint reader) {
    for (std::size_t i = views_.size(); i-- != 0;) {
        if (views_[i].reader() == reader) views_.swap_remove(i);
    }
}

Status SharedMap::read(std::uint64_t offset, void *to, std::uint64_t bytes) const {
    return sys::safe_copy_from(publisher_, grant_, offset, to, bytes) ? Status{} : Status{Error::io};
}

Result<std::uint64_t> SharedMap::copy_to(Endpoint reader, GrantId to, std::uint64_t room) const {
    std::byte part[2048];
    const std::uint64_t all = room < bytes_ ? room : bytes_;
    for (std::uint64_t done = 0; done < all; done += sizeof part) {
        const std::uint64_t now = all - done < sizeof part ? all - done : sizeof part;
        TRY(read(done, part, now));
        TRY(sys::safe_copy_to(reader, to, done, part, now));
    }
    return all;
}

Result<std::uint64_t> SharedMap::take_snapshot() {
    Vector<std::byte> content;
    TRY(content.resize(bytes_));
    TRY(read(0, content.data(), bytes_));
    const std::uint64_t place = snapshots_taken_ % snapshots_kept;
    if (place == snapshots_.size())
        TRY(snapshots_.push_back(std::move(content)));
    else
        snapshots_[place] = std::move(content);
    return snapshots_taken_++;
}

const Vector<std::byte> *SharedMap::snapshot(std::uint64_t index) const {
    if (index >= snapshots_taken_ || snapshots_taken_ - index > snapshots_kept) return nullptr;
    return &snapshots_[index % snapshots_kept];
}

}  // namespace axo::ds
