internal import CHDF5
import HingeGraph
import Synchronization

/// The one door to libhdf5.
///
/// The library keeps global state and is usually built without locks, so every call into it happens
/// under one lock of ours. A failing call leaves its reasons on the library's error stack, which is
/// collected before the lock is given back.
enum HDF5Library {
    /// What is set up once, before the first call.
    struct Setup {
        /// The identifier of the read-only driver over memory.
        let memoryDriver: hid_t
        /// The identifier of the driver that writes to a descriptor.
        let outputDriver: hid_t
    }

    private static let setup = Mutex<Setup?>(nil)

    /// Runs `body` while no other thread is inside the library.
    ///
    /// - Precondition: `body` does not come back here.
    static func locked<Result: BitwiseCopyable>(_ body: (Setup) -> Result) -> Result {
        setup.withLock { setup in
            let prepared = setup ?? prepare()
            setup = prepared
            hinge_h5_silence()
            return body(prepared)
        }
    }

    /// Makes a call whose negative result means failure.
    ///
    /// - Parameters:
    ///   - code: the kind of error that a failure is.
    ///   - task: what the call is for, to complete the sentence "cannot …".
    /// - Throws: ``HingeError`` with the library's innermost reason in its message and the whole error
    ///   stack, an ``HDF5ErrorStack``, as its cause.
    @discardableResult
    static func call<Status: SignedInteger & FixedWidthInteger & BitwiseCopyable>(
        _ task: @autoclosure () -> String, code: HingeError.Code = .badData,
        _ body: (Setup) -> Status
    ) throws -> Status {
        var stack = HDF5ErrorStack()
        let status = locked { setup in
            let status = body(setup)
            if status < 0 { stack.collect() }
            return status
        }
        if status < 0 {
            throw HingeError(code, "cannot \(task()): \(stack.reason)", underlying: stack)
        }
        return status
    }

    /// Sets up the library.
    ///
    /// A file must not be able to make it load code, and a damaged file must not be able to crash the
    /// process when it exits, so both are switched off before anything else happens.
    private static func prepare() -> Setup {
        _ = H5dont_atexit()
        _ = H5PLset_loading_state(0)
        hinge_h5_silence()
        _ = hinge_h5_register_reference_conversion()
        return Setup(
            memoryDriver: hinge_h5_register_memory_driver(),
            outputDriver: hinge_h5_register_output_driver())
    }
}

/// Why a call into libhdf5 failed, from the innermost function outwards.
struct HDF5ErrorStack: Error, CustomStringConvertible {
    /// One function that gave up.
    struct Entry: Sendable {
        /// The C function.
        let function: String
        /// What it said.
        let text: String
    }

    /// The functions that gave up, innermost first.
    private(set) var entries: [Entry] = []

    /// The innermost reason.
    var reason: String {
        guard let text = entries.first?.text else { return "the HDF5 library gave no reason" }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    var description: String {
        entries.map { "\($0.function): \($0.text)" }.joined(separator: "\n")
    }

    /// Takes the calling thread's current errors from the library.
    ///
    /// - Precondition: the caller holds the library's lock.
    mutating func collect() {
        withUnsafeMutablePointer(to: &entries) { entries in
            hinge_h5_walk_errors(
                { function, text, context in
                    guard let context else { return }
                    let entries = context.assumingMemoryBound(to: [Entry].self)
                    entries.pointee.append(
                        Entry(
                            function: function.map { String(cString: $0) } ?? "?",
                            text: text.map { String(cString: $0) } ?? "no reason given"))
                }, entries)
        }
    }
}
