#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// How a primitive has the value that it computes.
    enum ResultForm {
        /// In its own shape.
        case whole
        /// As a matrix of the same elements.
        case matrix(TensorType)
        /// As one row of pixels, which are the rows of a matrix of the same elements; the channels are its columns.
        case pixels(TensorType)
    }

    /// A primitive with links, and what it needs to be emitted.
    struct LinkedPrimitive {
        let primitive: Primitive
        let links: [Link]
        let result: Descriptor
        fileprivate let form: ResultForm
        /// The post-operations, in order.
        fileprivate let operations: [Operation]

        fileprivate enum Operation {
            case function(ElementFunction)
            /// Adds what the output's memory held before: the value in a slot.
            case accumulation(BufferID)
            case binary(BinaryFunction, Operand)
            case prelu(Operand)
        }

        /// An argument of a post-operation.
        fileprivate struct Operand {
            let id: Int32
            let input: TensorInput
            let descriptor: Descriptor
            /// The layout of the input's row-major elements under the shape that broadcasts.
            let view: Descriptor?
        }

        /// The buffer that the primitive adds to.
        fileprivate var accumulator: BufferID? {
            for case .accumulation(let buffer) in operations { return buffer }
            return nil
        }
    }

    extension PlanBuilder {
        /// Makes a primitive with as many links as it takes without becoming slow.
        ///
        /// - Parameters:
        ///   - form: How the primitive has its result.
        ///   - links: The links; the shapes of their operands are those of the value.
        ///   - own: Post-operations that belong to the step itself, in front of the links.
        ///   - mayAccumulate: Whether the primitive can add to what its output held before.
        ///   - bare: The primitive by itself; `nil` where nobody has asked for it yet.
        ///   - make: Makes the description.
        func link(
            _ node: LoweredNode, as form: ResultForm = .whole, _ links: [Link],
            own: [Link.Operation] = [], mayAccumulate: Bool = true, bare: Primitive? = nil,
            _ make: Primitive.Make
        ) throws -> LinkedPrimitive? {
            guard let bare = try bare ?? Primitive.make([], make), !bare.isSlow else { return nil }
            let result = try bare.descriptor(DNNL_ARG_DST)
            for count in stride(from: links.count, through: 0, by: -1) {
                let taken = Array(links.prefix(count))
                if count == 0, own.isEmpty {
                    return LinkedPrimitive(
                        primitive: bare, links: [], result: result, form: form, operations: [])
                }
                for accumulates in mayAccumulate ? [true, false] : [false] {
                    if let linked = try link(
                        node, form, own, taken, bare, result, accumulates: accumulates, make)
                    {
                        return linked
                    }
                }
            }
            return nil
        }

        private func link(
            _ node: LoweredNode, _ form: ResultForm, _ own: [Link.Operation], _ links: [Link],
            _ bare: Primitive, _ result: Descriptor, accumulates: Bool, _ make: Primitive.Make
        ) throws -> LinkedPrimitive? {
            let finished = [node.index] + links.flatMap(\.steps)
            let reads = node.step.used + links.flatMap(\.operations).compactMap(\.slot)
            var operations: [LinkedPrimitive.Operation] = []
            var accumulator: BufferID?
            for operation in own + links.flatMap(\.operations) {
                let position = Int32(operations.count)
                switch operation {
                case .function(let function): operations.append(.function(function))
                case .binary(let function, let input):
                    if accumulates, accumulator == nil, function.kind == dnnl_binary_add,
                        let buffer = accumulatorBuffer(
                            input, result, node.type,
                            isRowMajor: result.isPlain || form.isPixels, reading: reads,
                            after: finished)
                    {
                        accumulator = buffer
                        operations.append(.accumulation(buffer))
                        continue
                    }
                    guard function.keepsFinite || !result.isPadded,
                        let operand = try operand(input, node.type, form, result, position)
                    else { return nil }
                    operations.append(.binary(function, operand))
                case .prelu(let input):
                    let view = try Descriptor.plain(input.type)
                    operations.append(
                        .prelu(
                            .init(
                                id: dnn_post_op_argument(position, DNNL_ARG_WEIGHTS),
                                input: input, descriptor: view, view: view)))
                }
            }
            if accumulates, accumulator == nil { return nil }
            guard !hasTwice(operations) else { return nil }
            guard let primitive = try Primitive.make(operations.map(\.postOperation), make),
                !primitive.isSlow, !primitive.isGeneral || bare.isGeneral,
                primitive.isMadeForLow || !bare.isMadeForLow,
                !primitive.misreadsOperands || operations.allSatisfy({ $0.operand == nil })
            else { return nil }
            let actual = try primitive.descriptor(DNNL_ARG_DST)
            let needsPlace = accumulator != nil || operations.contains { $0.operand != nil }
            guard !needsPlace || actual.isSamePlace(as: result) else { return nil }
            return LinkedPrimitive(
                primitive: primitive, links: links, result: actual, form: form,
                operations: operations)
        }

        /// Whether a function comes up twice: oneDNN 2 would take the parameters of the first for the second, too.
        private func hasTwice(_ operations: [LinkedPrimitive.Operation]) -> Bool {
            let kinds = operations.compactMap { operation -> UInt32? in
                if case .function(let function) = operation { function.kind.rawValue } else { nil }
            }
            return Set(kinds).count < kinds.count
        }

        /// The buffer of a value that a primitive adds, if it may write its result over it: it has the result's layout,
        /// nobody needs it later, and the primitive reads it through no other argument.
        ///
        /// - Parameters:
        ///   - isRowMajor: Whether the result is the value's row-major memory.
        ///   - reads: The slots of all arguments; one that is read twice stands there twice.
        private func accumulatorBuffer(
            _ input: TensorInput, _ result: Descriptor, _ type: TensorType, isRowMajor: Bool,
            reading reads: [Int], after finished: [Int]
        ) -> BufferID? {
            guard input.type == type, case .memory(let placement) = values[input.slot] else {
                return nil
            }
            let same = placement.layouts.first { $0.descriptor.isSamePlace(as: result) }?.buffer
            let plain = isRowMajor ? placement.rowMajorBuffer(of: result.dataType) : nil
            guard let buffer = plain ?? same else { return nil }
            // In whatever layout another argument goes in, it may have come from this memory.
            let arguments = reads.flatMap { memory(of: $0) }
            return mayOverwrite(buffer, reading: arguments, after: finished) ? buffer : nil
        }

        /// - Parameter type: The type of the value.
        private func operand(
            _ input: TensorInput, _ type: TensorType, _ form: ResultForm, _ result: Descriptor,
            _ position: Int32
        ) throws -> LinkedPrimitive.Operand? {
            let id = dnn_post_op_argument(position, DNNL_ARG_SRC_1)
            if input.type == type {
                let view: Descriptor? =
                    switch form {
                    case .whole: nil
                    case .matrix(let matrix): try .plain(matrix)
                    case .pixels: result
                    }
                return .init(id: id, input: input, descriptor: result, view: view)
            }
            let flat = form.matrix ?? type
            guard var shape = Self.broadcastShape(input.type.shape, type.shape, flat.shape) else {
                return nil
            }
            // The same elements: one of the extents is 1.
            if form.isPixels { shape = [1, shape[1], 1, shape[0]] }
            let view = try Descriptor.plain(TensorType(dataType: .float32, shape: shape))
            return .init(id: id, input: input, descriptor: view, view: view)
        }

        /// The shape of the same rank as `flat` in which a shape broadcasts to it.
        ///
        /// `flat` is `shape`, or its leading dimensions are made one, or a dimension of 1 is put in front.
        static func broadcastShape(_ other: [Int], _ shape: [Int], _ flat: [Int]) -> [Int]? {
            guard other.count <= shape.count else { return nil }
            let aligned = [Int](repeating: 1, count: shape.count - other.count) + other
            if shape == flat { return aligned }
            guard flat.count == 2, shape.last == flat.last || shape.isEmpty,
                aligned.dropLast().allSatisfy({ $0 == 1 })
            else { return nil }
            return [1, aligned.last ?? 1]
        }

        /// Emits a primitive with its links, and puts the result into the slot of the last.
        ///
        /// - Parameters:
        ///   - inputs: The primitive's own arguments, without the output.
        ///   - source: A bound of what the primitive computes from them.
        ///   - overwritable: A buffer of the result's layout over which it may be written when nobody needs it later.
        func emit(
            _ linked: LinkedPrimitive, _ node: LoweredNode, _ inputs: [PrimitiveStep.Argument],
            _ source: @escaping MagnitudeRule.Source, over overwritable: BufferID? = nil
        ) throws {
            var arguments = inputs
            var rule = MagnitudeRule(source: source, arguments: inputs.map(\.buffer))
            rule.isForFiniteOnly = linked.result.isPadded
            for operation in linked.operations {
                var buffer = linked.accumulator
                if let operand = operation.operand {
                    let found = try self.buffer(
                        operand.input.slot, as: operand.descriptor, view: operand.view)
                    arguments.append(
                        .init(id: operand.id, buffer: found, descriptor: operand.descriptor))
                    buffer = found
                }
                rule.operations.append(operation.magnitude(buffer))
            }
            let steps = [node.index] + linked.links.flatMap(\.steps)
            var owner = linked.accumulator
            if let overwritable,
                mayOverwrite(overwritable, reading: arguments.map(\.buffer), after: steps)
            {
                owner = overwritable
            }
            let target = addBuffer(byteCount: linked.result.byteCount, in: owner)
            emit(
                linked.primitive, arguments,
                .init(id: DNNL_ARG_DST, buffer: target, descriptor: linked.result), rule, steps,
                overwriting: linked.accumulator.map { [$0] } ?? [])
            let slot = linked.links.last?.result ?? node.output
            if linked.form.matrix == nil {
                try define(slot, node.type, target, linked.result)
            } else {
                try defineFlat(slot, node.type, target, linked.result)
            }
            for step in steps { finish(step) }
        }

        /// An argument that holds the value in a slot in a layout.
        func argument(
            _ id: Int32, _ slot: Int, _ descriptor: Descriptor, view: Descriptor? = nil
        ) throws -> PrimitiveStep.Argument {
            .init(
                id: id, buffer: try buffer(slot, as: descriptor, view: view),
                descriptor: descriptor)
        }
    }

    extension ResultForm {
        /// The matrix that the primitive computes, where the value's own shape is another.
        fileprivate var matrix: TensorType? {
            switch self {
            case .whole: nil
            case .matrix(let type), .pixels(let type): type
            }
        }

        fileprivate var isPixels: Bool {
            if case .pixels = self { true } else { false }
        }
    }

    extension LinkedPrimitive.Operation {
        fileprivate var operand: LinkedPrimitive.Operand? {
            switch self {
            case .binary(_, let operand), .prelu(let operand): operand
            case .function, .accumulation: nil
            }
        }

        fileprivate var postOperation: PostOperation {
            switch self {
            case .function(let function):
                .function(function.kind, function.alpha, function.beta)
            case .accumulation: .sum
            case .binary(let function, let operand): .binary(function.kind, operand.descriptor)
            case .prelu: .prelu(mask: 2)
            }
        }

        /// - Parameter buffer: The buffer of the second operand, if there is one.
        fileprivate func magnitude(_ buffer: BufferID?) -> MagnitudeRule.Operation {
            switch (self, buffer) {
            case (.function(let function), _): .function(function)
            case (.accumulation, let buffer?): .binary(.sum, buffer)
            case (.binary(let function, _), let buffer?): .binary(function, buffer)
            case (.prelu, let buffer?): .slopes(buffer)
            default: .unknown
            }
        }
    }

    extension Primitive {
        /// Whether the implementation goes the long way over a general matrix product.
        var isGeneral: Bool { implementation.hasPrefix("gemm") }

        /// Whether the implementation takes the wrong elements of a post-operation's operand: oneDNN 2's depthwise
        /// convolution for AVX-512 does, beyond 16 channels.
        fileprivate var misreadsOperands: Bool { implementation.hasPrefix("brdgmm") }
    }
#endif
