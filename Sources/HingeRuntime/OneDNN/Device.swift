#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// The processor as oneDNN knows it, and a queue of work on it.
    ///
    /// oneDNN's objects for the processor may be used from any thread, a queue by one thread at a time.
    final class Device: @unchecked Sendable {
        /// The engine that all primitives are made for.
        nonisolated(unsafe) static let engine: OpaquePointer? = {
            var engine: OpaquePointer?
            return dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success ? engine : nil
        }()

        let stream: OpaquePointer

        init() throws {
            var stream: OpaquePointer?
            let flags = UInt32(dnnl_stream_default_flags.rawValue)
            try OneDNN.check(dnnl_stream_create(&stream, OneDNN.engine(), flags), "a stream")
            guard let stream else { throw OneDNN.failure("a stream", dnnl_runtime_error) }
            self.stream = stream
        }

        deinit { dnnl_stream_destroy(stream) }
    }

    /// What all of the wrapper shares.
    enum OneDNN {
        static func engine() throws -> OpaquePointer {
            guard let engine = Device.engine else {
                throw failure("an engine", dnnl_runtime_error)
            }
            return engine
        }

        /// The number of floats in a vector of the instructions that oneDNN uses; `nil` where it doesn't say.
        static let vectorLength: Int? = {
            if instructions == 0 { return nil }
            if uses(dnnl_cpu_isa_avx512_core) { return 16 }
            return uses(dnnl_cpu_isa_avx) ? 8 : 4
        }()

        /// The instructions that oneDNN uses, a bit for each set; 0 where it doesn't say.
        private static let instructions = dnnl_get_effective_cpu_isa().rawValue

        /// Whether oneDNN says that it uses a set of instructions.
        static func uses(_ set: dnnl_cpu_isa_t) -> Bool {
            instructions & set.rawValue == set.rawValue
        }

        /// The generations of the library that runs, and of the headers that it is called by.
        static let generations = (
            library: Int(dnnl_version().pointee.major), headers: Int(DNNL_VERSION_MAJOR)
        )

        /// - Throws: ``HingeError`` with the code `internalError` when a call failed.
        static func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String) throws {
            guard status == dnnl_success else { throw failure(what(), status) }
        }

        static func failure(_ what: String, _ status: dnnl_status_t) -> HingeError {
            let code = status == dnnl_out_of_memory ? HingeError.Code.limit : .internalError
            return HingeError(code, "oneDNN cannot make or run \(what) (status \(status.rawValue))")
        }
    }
#endif
