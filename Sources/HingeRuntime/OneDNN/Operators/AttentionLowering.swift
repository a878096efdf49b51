#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// Attention as two products with a softmax in between, on heads as they lie in memory.
    ///
    /// The scores of all heads are in memory at once. Past keys, heads that share keys, windows and caps are left to the
    /// operator's own evaluation, which needs less.
    enum AttentionLowering: Lowering {
        static func lower(
            _ operation: Attention, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool {
            guard !builder.options.isCareful, operation.isPlain, !node.hasInput(4),
                !node.hasInput(6), let query = builder.tensorInput(node, 0),
                let key = builder.tensorInput(node, 1), let value = builder.tensorInput(node, 2),
                let heads = AttentionHeads(operation, query.type, key.type, value.type),
                let masks = try AttentionMasks(operation, node, heads, builder),
                let steps = try primitives(operation, node, heads, masks, builder)
            else { return false }
            try steps.emit(query, key, value, masks, node, builder)
            return true
        }

        /// The primitives, with numbers of the first type for which there are all of them.
        private static func primitives(
            _ operation: Attention, _ node: LoweredNode, _ heads: AttentionHeads,
            _ masks: AttentionMasks, _ builder: PlanBuilder
        ) throws -> AttentionPrimitives? {
            for type in builder.computingTypes {
                let result = builder.resultType(node, computing: type)
                if let found = try AttentionPrimitives(
                    heads, masks, operation.scale, computing: type, result: result)
                {
                    builder.noteComputing(node, type)
                    return found
                }
            }
            return nil
        }
    }

    extension Attention {
        /// Whether only the scale and the masks make a difference.
        fileprivate var isPlain: Bool {
            softcap == 0 && leftWindow == nil && rightWindow == nil
                && (softmaxType ?? .float32) == .float32
        }
    }

    /// The extents of attention, and where the elements of its heads are.
    private struct AttentionHeads {
        let batch: Int
        let heads: Int
        let queryLength: Int
        let keyLength: Int
        let headSize: Int
        let valueSize: Int
        private let isFlat: Bool

        /// `nil` when heads share keys.
        init?(_ operation: Attention, _ query: TensorType, _ key: TensorType, _ value: TensorType) {
            isFlat = query.shape.count == 3
            batch = query.shape[0]
            if isFlat {
                guard let count = operation.queryHeadCount, count == operation.keyHeadCount
                else { return nil }
                heads = count
                queryLength = query.shape[1]
                keyLength = key.shape[1]
                headSize = query.shape[2] / count
                valueSize = value.shape[2] / count
            } else {
                guard query.shape.count == 4, query.shape[1] == key.shape[1] else { return nil }
                heads = query.shape[1]
                queryLength = query.shape[2]
                keyLength = key.shape[2]
                headSize = query.shape[3]
                valueSize = value.shape[3]
            }
        }

        /// The type of the scores: `[N, H, L, T]`.
        var scores: TensorType {
            TensorType(dataType: .float32, shape: [batch, heads, queryLength, keyLength])
        }

        /// Rows of heads as matrices, `[N, H, length, size]`, or transposed.
        func matrices(
            _ length: Int, _ size: Int, _ type: DataType, isTransposed: Bool = false
        ) throws -> Descriptor {
            var shape = [batch, heads, length, size]
            var strides =
                isFlat
                ? [length * heads * size, size, heads * size, 1]
                : [heads * length * size, length * size, size, 1]
            if isTransposed {
                shape.swapAt(2, 3)
                strides.swapAt(2, 3)
            }
            return try Descriptor(TensorType(dataType: type, shape: shape), strides: strides)
        }
    }

    /// What is added to the scores.
    private struct AttentionMasks {
        /// A mask of numbers that broadcasts to the scores.
        enum Source {
            case slot(Program.SlotID)
            /// A mask of booleans.
            case choice(Program.SlotID, TensorType)
            case constant(Tensor)
        }

        /// The masks, and the layout of each, of four dimensions.
        private(set) var masks: [(source: Source, descriptor: Descriptor)] = []

        /// The most elements of a causal mask that is made ahead.
        private static let limit = 1 << 20

        /// `nil` when there is one that oneDNN can't add.
        init?(
            _ operation: Attention, _ node: LoweredNode, _ heads: AttentionHeads,
            _ builder: PlanBuilder
        ) throws {
            if operation.isCausal {
                let (rows, columns) = (heads.queryLength, heads.keyLength)
                guard rows * columns <= Self.limit else { return nil }
                let elements = (0..<rows * columns).map { index -> Float in
                    index % columns <= index / columns ? 0 : -.infinity
                }
                let tensor = Tensor(elements, shape: [1, 1, rows, columns])
                masks.append((.constant(tensor), try Self.plain(tensor.shape)))
            }
            guard node.hasInput(3), let slot = node.step.inputs[3] else { return }
            guard let type = builder.tensorType(slot)?.computed, (1...4).contains(type.shape.count),
                !type.shape.contains(0), type.shape.last == heads.keyLength || !operation.padsMask
            else { return nil }
            let shape = [Int](repeating: 1, count: 4 - type.shape.count) + type.shape
            switch type.dataType {
            case .float32: masks.append((.slot(slot), try Self.plain(shape)))
            case .bool: masks.append((.choice(slot, type), try Self.plain(shape)))
            default: return nil
            }
        }

        private static func plain(_ shape: [Int]) throws -> Descriptor {
            try Descriptor.plain(TensorType(dataType: .float32, shape: shape))
        }

        /// The buffer that holds a mask as numbers.
        static func buffer(
            _ source: Source, _ descriptor: Descriptor, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> BufferID {
            switch source {
            case .slot(let slot): return try builder.buffer(slot, as: descriptor, view: descriptor)
            case .constant(let tensor):
                guard let region = tensor.region else {
                    throw HingeError(.internalError, "a mask has no memory")
                }
                return builder.addBuffer(byteCount: region.byteCount, at: .constant(region))
            case .choice(let slot, let type):
                let result = TensorType(dataType: .float32, shape: type.shape)
                let buffer = builder.addBuffer(byteCount: result.byteCount)
                let condition = try builder.operand(slot)
                let numbers = [Float(0), -.infinity].map {
                    EvaluateStep.Operand.constant(.tensor(Tensor(scalar: $0)))
                }
                builder.emit(
                    EvaluateStep(
                        index: node.index, name: node.step.name, operation: Where(),
                        places: node.step.places, inputs: [condition] + numbers,
                        outputs: [.memory(buffer, result)], bodies: [], captured: [],
                        salt: node.step.salt, owner: builder.options.owner),
                    reads: [condition.buffer].compactMap { $0 }, writes: [buffer])
                return buffer
            }
        }
    }

    /// The primitives, made before any of them is emitted.
    private struct AttentionPrimitives {
        private let heads: AttentionHeads
        private let scale: Float
        private let scores: Primitive
        /// The sums of the scores and the masks, where the product doesn't take them in.
        private var sums: [Primitive] = []
        private let softmax: Primitive
        private let result: Primitive
        private let query: Descriptor
        private let key: Descriptor
        private let value: Descriptor
        /// The layout of the scores, which are of float32.
        private let sources: Descriptor
        /// The layout of the weights that softmax makes of them.
        private let weights: Descriptor
        private let output: Descriptor

        /// - Parameters:
        ///   - type: The type of the factors of all products.
        ///   - resultType: The type of the result.
        init?(
            _ heads: AttentionHeads, _ masks: AttentionMasks, _ scale: Float?,
            computing type: DataType, result resultType: DataType
        ) throws {
            self.heads = heads
            self.scale = scale ?? Float(1 / Double(heads.headSize).squareRoot())
            query = try heads.matrices(heads.queryLength, heads.headSize, type)
            key = try heads.matrices(heads.keyLength, heads.headSize, type, isTransposed: true)
            value = try heads.matrices(heads.keyLength, heads.valueSize, type)
            output = try heads.matrices(heads.queryLength, heads.valueSize, resultType)
            sources = try Descriptor.plain(heads.scores)
            weights = type == .float32 ? sources : try Descriptor.plain(heads.scores.of(type))
            let scaling = PostOperation.function(dnnl_eltwise_linear, self.scale, 0)
            let adding = masks.masks.map { PostOperation.binary(dnnl_binary_add, $0.descriptor) }
            if let all = try Self.product([scaling] + adding, query, key, sources) {
                scores = all
            } else {
                guard let plain = try Self.product([scaling], query, key, sources) else {
                    return nil
                }
                scores = plain
                for mask in masks.masks {
                    guard let sum = try Self.sum(sources, mask.descriptor) else { return nil }
                    sums.append(sum)
                }
            }
            let (sources, weights) = (sources, weights)
            let softmax = try Primitive.make {
                dnn_softmax($0, $1, false, sources.handle, weights.handle, 3, $2)
            }
            guard let softmax, !softmax.isSlow,
                let result = try Self.product([], weights, value, output)
            else { return nil }
            self.softmax = softmax
            self.result = result
        }

        private static func product(
            _ operations: [PostOperation], _ a: Descriptor, _ b: Descriptor, _ c: Descriptor
        ) throws -> Primitive? {
            let primitive = try Primitive.make(operations) {
                dnn_matmul($0, $1, a.handle, b.handle, nil, c.handle, $2)
            }
            guard let primitive, !primitive.isSlow,
                a.dataType == .float32 || primitive.isMadeForLow
            else { return nil }
            return primitive
        }

        private static func sum(_ scores: Descriptor, _ mask: Descriptor) throws -> Primitive? {
            let primitive = try Primitive.make {
                dnn_binary(
                    $0, $1, dnnl_binary_add, scores.handle, mask.handle, scores.handle, $2)
            }
            return primitive.flatMap { $0.isSlow ? nil : $0 }
        }

        func emit(
            _ query: TensorInput, _ key: TensorInput, _ value: TensorInput,
            _ masks: AttentionMasks, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws {
            let steps = [node.index]
            var arguments = [
                try builder.argument(DNNL_ARG_SRC, query.slot, self.query, view: self.query),
                try builder.argument(DNNL_ARG_WEIGHTS, key.slot, self.key, view: self.key),
            ]
            let added = try masks.masks.map {
                PrimitiveStep.Argument(
                    id: DNNL_ARG_SRC_1,
                    buffer: try AttentionMasks.buffer($0.source, $0.descriptor, node, builder),
                    descriptor: $0.descriptor)
            }
            var rule = MagnitudeRule(
                source: MagnitudeRule.products(terms: heads.headSize),
                arguments: arguments.map(\.buffer))
            rule.operations = [.function(.linear(scale: scale))]
            if sums.isEmpty {
                for (position, mask) in added.enumerated() {
                    arguments.append(
                        .init(
                            id: dnn_post_op_argument(Int32(position + 1), DNNL_ARG_SRC_1),
                            buffer: mask.buffer, descriptor: mask.descriptor))
                    rule.operations.append(.binary(.sum, mask.buffer))
                }
            }
            let products = builder.addBuffer(byteCount: sources.byteCount)
            builder.emit(
                scores, arguments, argument(DNNL_ARG_DST, products, sources), rule, steps)
            var last = products
            for (primitive, mask) in zip(sums, added) {
                let next = builder.addBuffer(byteCount: sources.byteCount, in: last)
                builder.emit(
                    primitive, [argument(DNNL_ARG_SRC_0, last, sources), mask],
                    argument(DNNL_ARG_DST, next, sources),
                    MagnitudeRule(source: { $0[0] + $0[1] }, arguments: [last, mask.buffer]), steps)
                last = next
            }
            let isInPlace = weights.dataType == sources.dataType
            let normalized = builder.addBuffer(
                byteCount: weights.byteCount, in: isInPlace ? last : nil)
            var rows = MagnitudeRule(source: { _ in 1 }, arguments: [last])
            rows.isForFiniteOnly = true
            rows.rowCount = heads.keyLength
            builder.emit(
                softmax, [argument(DNNL_ARG_SRC, last, sources)],
                argument(DNNL_ARG_DST, normalized, weights), rows, steps)
            let factor = try builder.argument(
                DNNL_ARG_WEIGHTS, value.slot, self.value, view: self.value)
            let target = builder.addBuffer(byteCount: output.byteCount)
            builder.emit(
                result, [argument(DNNL_ARG_SRC, normalized, weights), factor],
                argument(DNNL_ARG_DST, target, output),
                MagnitudeRule(
                    source: MagnitudeRule.products(terms: heads.keyLength),
                    arguments: [normalized, factor.buffer]), steps)
            try builder.defineFlat(node.output, node.type, target, output)
            builder.finish(node.index)
        }

        private func argument(
            _ id: Int32, _ buffer: BufferID, _ descriptor: Descriptor
        ) -> PrimitiveStep.Argument {
            .init(id: id, buffer: buffer, descriptor: descriptor)
        }
    }
#endif
