// The granted argument of an ioctl, as a value.
#pragma once

#include "axo/device_protocol.hpp"
#include "lib/sys/kernel.hpp"

namespace axo::driver {

/// Errors: invalid (the granted argument is smaller than T), those of the copy.
template <WireData T>
Result<T> get_argument(Endpoint caller, const device::Ioctl &request) {
    if (request.argument_bytes < sizeof(T)) return Error::invalid;
    T value{};
    TRY(sys::safe_copy_from(caller, request.argument, 0, &value, sizeof value));
    return value;
}

template <WireData T>
Status put_argument(Endpoint caller, const device::Ioctl &request, const T &value) {
    if (request.argument_bytes < sizeof(T)) return Error::invalid;
    return sys::safe_copy_to(caller, request.argument, 0, &value, sizeof value);
}

}  // namespace axo::driver
