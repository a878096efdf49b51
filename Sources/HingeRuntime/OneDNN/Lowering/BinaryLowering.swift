#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// A function of two numbers as oneDNN has it, and what is known of its values.
    struct BinaryFunction: Sendable {
        /// oneDNN's name of the function.
        let kind: dnnl_alg_kind_t
        /// Whether the numbers may change places.
        let isSymmetric: Bool
        /// Whether it gives finite numbers for all finite ones but the largest, also for the zeros that fill up blocks.
        var keepsFinite = true
        /// How large its values are at most where its arguments are at most so large.
        let bound: @Sendable (Float, Float) -> Float

        static let sum = BinaryFunction(kind: dnnl_binary_add, isSymmetric: true) { $0 + $1 }
    }

    /// A lowering of an operator of two inputs that broadcast.
    protocol BinaryLowering: Lowering {
        /// The function of an element of each.
        static var function: BinaryFunction { get }
    }

    extension BinaryLowering {
        static func postOperations(
            _ operation: Operation, _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]? {
            let inputs = node.step.inputs
            guard operation.locality == .broadcasting, inputs.count == 2, inputs[0] != inputs[1],
                function.isSymmetric || inputs[0] == slot,
                let other = inputs[0] == slot ? inputs[1] : inputs[0],
                let type = builder.tensorType(other), builder.isComputable(type)
            else { return nil }
            return [.binary(function, TensorInput(slot: other, type: type.computed))]
        }

        /// In the layout of the larger input, over it where nobody needs it later.
        static func lower(
            _ operation: Operation, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard operation.locality == .broadcasting, node.step.inputs.count == 2,
                var a = builder.tensorInput(node, 0), var b = builder.tensorInput(node, 1)
            else { return false }
            if a.type != node.type {
                guard function.isSymmetric, b.type == node.type else { return false }
                swap(&a, &b)
            }
            guard b.type.shape.count <= a.type.shape.count else { return false }
            var layout = try builder.descriptor(a.slot)
            if layout.isPlain, b.type == node.type {
                let second = try builder.descriptor(b.slot)
                // Of two in row-major order, the one of fewer bits.
                let isFirst = second.isPlain(of: b.type) && !layout.isPlain(of: a.type)
                if !isFirst { layout = second }
            }
            if !function.keepsFinite, layout.isPadded { layout = try Descriptor.plain(node.type) }
            let isWhole = b.type == node.type
            let plain = try Descriptor.plain(
                TensorType(
                    dataType: .float32,
                    shape: [Int](repeating: 1, count: a.type.shape.count - b.type.shape.count)
                        + b.type.shape))
            let other = isWhole ? layout : try layout.channels(plain) ?? plain
            let links =
                layout.takesPostOperations
                ? builder.links(
                    after: node.output, node.type, keepsFinite: function.keepsFinite
                ).prefix { $0.hasOperandsOnly(of: node.type) }
                : []
            let linked = try builder.link(node, Array(links), mayAccumulate: false) {
                dnn_binary($0, $1, function.kind, layout.handle, other.handle, layout.handle, $2)
            }
            guard let linked else { return false }
            let first = try builder.argument(DNNL_ARG_SRC_0, a.slot, layout)
            let second = try builder.argument(
                DNNL_ARG_SRC_1, b.slot, other, view: isWhole ? nil : plain)
            let bound = function.bound
            try builder.emit(
                linked, node, [first, second], { bound($0[0], $0[1]) }, over: first.buffer)
            return true
        }
    }

    extension Descriptor {
        /// For memory in blocks of channels: the same of an operand that has a number for each channel of a sample.
        ///
        /// oneDNN has no quick code for it in another layout; where blocks are full, it is in the same place in all. One number
        /// for all channels is none for each: in a block, it would be multiplied by as it stands, with zeros behind it.
        ///
        /// - Parameter plain: The operand's row-major layout.
        fileprivate func channels(_ plain: Descriptor) throws -> Descriptor? {
            guard let layout, let block = layout.blockExtent, block == 8 || block == 16,
                let shape = plain.layout?.extents, (3...5).contains(shape.count),
                shape[1] > 1, shape[1] == layout.extents[1], shape[2...].allSatisfy({ $0 == 1 })
            else { return nil }
            let type = TensorType(dataType: .float32, shape: layout.extents)
            guard try Descriptor.blocked(type, block: block).isSamePlace(as: self) else {
                return nil
            }
            return try .blocked(TensorType(dataType: .float32, shape: shape), block: block)
        }

        /// Whether functions of two numbers are right with post-operations in memory of this layout.
        ///
        /// Those of oneDNN 2 write over the wrong memory where blocks are not full, or are smaller than a vector, and
        /// where axes are in another order than row-major or with channels last.
        fileprivate var takesPostOperations: Bool {
            guard let layout, !isPadded else { return false }
            let axes = layout.order
            if let block = layout.blockExtent {
                return block == OneDNN.vectorLength && axes == axes.sorted()
            }
            let others = axes.filter { $0 != 1 }
            return others == others.sorted() && (axes == axes.sorted() || axes.last == 1)
        }
    }

    extension Link {
        /// Whether the values that it needs besides the result so far are tensors of the same type: behind a function of
        /// two numbers, oneDNN 2 takes the wrong elements of what broadcasts.
        fileprivate func hasOperandsOnly(of type: TensorType) -> Bool {
            operations.allSatisfy { operation in
                switch operation {
                case .function: true
                case .binary(_, let input): input.type == type
                case .prelu: false
                }
            }
        }
    }
#endif
