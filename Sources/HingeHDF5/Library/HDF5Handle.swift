internal import CHDF5
import HingeGraph

/// Owns one identifier of libhdf5 — a file, group, dataset, attribute, type, space or property list —
/// and releases it.
struct HDF5Handle: ~Copyable {
    /// The identifier.
    let id: hid_t

    /// Takes what a call returns.
    ///
    /// - Parameter task: what the call is for, to complete the sentence "cannot …".
    /// - Throws: ``HingeError`` when the call fails.
    init(
        _ task: @autoclosure () -> String, code: HingeError.Code = .badData,
        _ open: (HDF5Library.Setup) -> hid_t
    ) throws {
        id = try HDF5Library.call(task(), code: code, open)
    }

    deinit {
        let id = id
        _ = HDF5Library.locked { _ in H5Idec_ref(id) }
    }

    /// Closes a file that was written; what is still in the library's memory is written now.
    ///
    /// - Throws: ``HingeError`` when that fails.
    consuming func closeFile() throws {
        let id = id
        discard self
        try HDF5Library.call("finish the HDF5 file", code: .inputOutput) { _ in H5Fclose(id) }
    }
}
