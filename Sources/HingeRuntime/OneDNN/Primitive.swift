#if OneDNN
    internal import COneDNN
    import HingeGraph
    import Synchronization

    /// A computation as oneDNN would do it, for certain shapes and layouts.
    ///
    /// To know how it would be done takes little; its code is made when somebody is going to run it.
    final class Primitive: Sendable {
        /// What makes the description of a computation.
        typealias Make = (
            _ description: UnsafeMutablePointer<OpaquePointer?>, _ engine: OpaquePointer,
            _ attributes: OpaquePointer?
        ) -> dnnl_status_t

        // oneDNN never changes a description that is made.
        private nonisolated(unsafe) let description: OpaquePointer
        private let compiled = Mutex<CompiledPrimitive?>(nil)
        /// The name of the implementation: `jit:avx512_core`, `ref:any`.
        let implementation: String
        /// The memory that it uses while it runs, in bytes.
        let scratchByteCount: Int

        /// Whether it is a plain loop without regard to speed.
        var isSlow: Bool { implementation.hasPrefix("ref") }

        /// One computation is described at a time: in oneDNN 2, descriptions of convolutions that several threads make at
        /// once mix with each other, one time in some thousands, and such a primitive gives wrong numbers ever after.
        private static let making = Mutex<Void>(())

        /// Describes a computation.
        ///
        /// - Parameter scaling: What becomes of sums of integers.
        /// - Returns: `nil` when oneDNN doesn't have it.
        /// - Throws: ``HingeError`` when it should have it but fails.
        static func make(
            _ postOperations: [PostOperation] = [], scaling: SumScaling? = nil, _ make: Make
        ) throws -> Primitive? {
            let attributes = try Attributes(postOperations, scaling)
            var description: OpaquePointer?
            let engine = try OneDNN.engine()
            let status = making.withLock { _ in make(&description, engine, attributes.handle) }
            if status == dnnl_unimplemented || status == dnnl_invalid_arguments { return nil }
            try OneDNN.check(status, "a computation")
            return description.map { Primitive($0) }
        }

        private init(_ description: OpaquePointer) {
            self.description = description
            implementation = String(cString: dnn_implementation(description))
            scratchByteCount =
                dnn_query_desc(description, DNNL_ARG_SCRATCHPAD).map { Int(dnn_desc_size($0)) } ?? 0
        }

        deinit { dnnl_primitive_desc_destroy(description) }

        /// The layout of an argument.
        func descriptor(_ argument: Int32) throws -> Descriptor {
            guard let borrowed = dnn_query_desc(description, argument) else {
                throw HingeError(.internalError, "the computation has no argument \(argument)")
            }
            return try Descriptor.copy(borrowed)
        }

        /// The computation's code, made the first time that it is asked for.
        func compile() throws -> CompiledPrimitive {
            try compiled.withLock { known in
                if let known { return known }
                let made = try CompiledPrimitive(description, implementation)
                known = made
                return made
            }
        }
    }

    /// A computation that oneDNN has compiled; it may run on several threads at once, with a queue for each.
    final class CompiledPrimitive: @unchecked Sendable {
        let handle: OpaquePointer
        private let implementation: String

        fileprivate init(_ description: OpaquePointer, _ implementation: String) throws {
            var handle: OpaquePointer?
            try OneDNN.check(dnnl_primitive_create(&handle, description), "a computation")
            guard let handle else { throw OneDNN.failure("a computation", dnnl_out_of_memory) }
            self.handle = handle
            self.implementation = implementation
        }

        deinit { dnnl_primitive_destroy(handle) }

        /// Runs the computation.
        func execute(
            _ device: Device, _ arguments: UnsafeMutableBufferPointer<dnnl_exec_arg_t>
        ) throws {
            try check(
                dnnl_primitive_execute(
                    handle, device.stream, Int32(arguments.count), arguments.baseAddress))
        }

        /// - Throws: ``HingeError`` with the code `internalError` when a run failed.
        func check(_ status: dnnl_status_t) throws {
            try OneDNN.check(status, implementation)
        }
    }

    /// A oneDNN memory object: a descriptor and an address.
    final class Memory {
        let handle: OpaquePointer
        private let descriptor: Descriptor

        init(_ descriptor: Descriptor, _ address: UnsafeMutableRawPointer?) throws {
            var handle: OpaquePointer?
            try OneDNN.check(
                dnn_memory_create(&handle, descriptor.handle, try OneDNN.engine(), address),
                "memory")
            guard let handle else { throw OneDNN.failure("memory", dnnl_out_of_memory) }
            self.handle = handle
            self.descriptor = descriptor
        }

        deinit { dnnl_memory_destroy(handle) }

        /// Gives the memory another address.
        func move(to address: UnsafeMutableRawPointer) throws {
            try OneDNN.check(dnnl_memory_set_data_handle(handle, address), "memory")
        }
    }

    /// What a primitive does with its result before it writes it.
    enum PostOperation {
        case function(dnnl_alg_kind_t, Float, Float)
        /// Adds what the output's memory held before.
        case sum
        case binary(dnnl_alg_kind_t, Descriptor)
        /// PReLU with slopes that vary along the axes of a mask.
        case prelu(mask: Int)
    }

    /// The attributes of a primitive: its post-operations, what becomes of sums of integers, and that it gets its scratch
    /// memory from outside.
    final class Attributes {
        let handle: OpaquePointer

        init(_ operations: [PostOperation], _ scaling: SumScaling?) throws {
            var handle: OpaquePointer?
            try OneDNN.check(dnnl_primitive_attr_create(&handle), "attributes")
            guard let handle else { throw OneDNN.failure("attributes", dnnl_out_of_memory) }
            self.handle = handle
            try OneDNN.check(
                dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user),
                "attributes")
            try scaling?.set(handle)
            if operations.isEmpty { return }
            var list: OpaquePointer?
            try OneDNN.check(dnnl_post_ops_create(&list), "attributes")
            defer { dnnl_post_ops_destroy(list) }
            for operation in operations {
                let status =
                    switch operation {
                    case .function(let kind, let alpha, let beta):
                        dnn_append_eltwise(list, kind, alpha, beta)
                    case .sum: dnn_append_sum(list)
                    case .binary(let kind, let other): dnn_append_binary(list, kind, other.handle)
                    case .prelu(let mask): dnnl_post_ops_append_prelu(list, Int32(mask))
                    }
                try OneDNN.check(status, "attributes")
            }
            try OneDNN.check(dnnl_primitive_attr_set_post_ops(handle, list), "attributes")
        }

        deinit { dnnl_primitive_attr_destroy(handle) }
    }
#endif
