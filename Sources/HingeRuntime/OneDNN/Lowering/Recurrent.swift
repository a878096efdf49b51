#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    extension PlanBuilder {
        /// Lowers a recurrent layer, if it is one that oneDNN has: of single precision, with constant weights, the default
        /// activations without a bound, and sequences all of the same length.
        func lower(
            _ operation: some RecurrentOperator, _ cell: RecurrentCell, _ node: LoweredNode
        ) throws -> Bool {
            guard !options.isCareful, let layer = RecurrentLayer(operation, cell, node, self)
            else { return false }
            return try layer.emit()
        }
    }

    /// A recurrent layer that is being lowered: one primitive after the other for each direction, each for a stretch of
    /// time, so that the memory in which the gates of all its steps stand stays small.
    ///
    /// Letters as in ``RecurrentExtents``.
    private final class RecurrentLayer {
        private let builder: PlanBuilder
        private let node: LoweredNode
        private let cell: RecurrentCell
        private let extents: RecurrentExtents
        private let direction: RecurrentDirection
        private let x: TensorInput
        private let weights: RecurrentWeights
        /// The slots of the initial states, the hidden one first; `nil` for zeros.
        private let initial: [Int?]
        /// The slots of all hidden states and of the last states; `nil` for those that nobody reads.
        private let outputs: [Int?]
        private var primitives: [Key: Primitive] = [:]

        /// The most rows, one for each sample at each time step, that one primitive computes.
        private static let rowLimit = 256

        /// What tells the primitives of a layer from each other.
        private struct Key: Hashable {
            let count: Int
            let isReverse: Bool
            /// How far the rows of the state are apart, before and after.
            let rowStrides: [Int]
        }

        /// The descriptors that one of the primitives is made for.
        private struct Descriptors {
            let source: Descriptor
            let states: [Descriptor]
            let bias: Descriptor
            let peepholes: Descriptor?
            let result: Descriptor
        }

        /// A stretch of time in one direction.
        private struct Part {
            let direction: Int
            let start: Int
            let key: Key
            let isFirst: Bool
            let isLast: Bool
        }

        init?(
            _ operation: some RecurrentOperator, _ cell: RecurrentCell, _ node: LoweredNode,
            _ builder: PlanBuilder
        ) {
            let kind = type(of: operation)
            let defaults = (0..<operation.direction.count).flatMap { _ in kind.defaultActivations }
            guard operation.clip == nil, operation.resolvedActivations == defaults,
                let x = builder.tensorInput(node, 0), x.type.shape.count == 3,
                let recurrence = builder.constantInput(node, 2), recurrence.shape.count == 3
            else { return nil }
            let isBatchFirst = operation.isBatchFirst
            let extents = RecurrentExtents(
                time: x.type.shape[isBatchFirst ? 1 : 0], batch: x.type.shape[isBatchFirst ? 0 : 1],
                features: x.type.shape[2], hidden: recurrence.shape[2],
                directions: operation.direction.count, isBatchFirst: isBatchFirst)
            guard operation.hiddenSize ?? extents.hidden == extents.hidden,
                Self.areLengthsWhole(node, extents, builder),
                let weights = RecurrentWeights(extents, cell, node, builder),
                let initial = Self.initialStates(kind.stateInputs, node, extents, builder)
            else { return nil }
            outputs = node.step.outputs.map { slot in
                slot.flatMap {
                    builder.program.constant($0) == nil && builder.pending[$0] > 0 ? $0 : nil
                }
            }
            for case (let position, let slot?) in outputs.enumerated() {
                let type = position == 0 ? extents.all : extents.state
                guard builder.program.tensor(slot) == type else { return nil }
            }
            self.initial = initial
            self.builder = builder
            self.node = node
            self.cell = cell
            self.extents = extents
            self.direction = operation.direction
            self.x = x
            self.weights = weights
        }

        /// Whether no sequence ends before the last time step.
        private static func areLengthsWhole(
            _ node: LoweredNode, _ extents: RecurrentExtents, _ builder: PlanBuilder
        ) -> Bool {
            guard node.hasInput(4) else { return true }
            guard let lengths = builder.constantInput(node, 4), lengths.shape == [extents.batch],
                let numbers = try? lengths.array(of: Int32.self)
            else { return false }
            return numbers.allSatisfy { $0 == extents.time }
        }

        private static func initialStates(
            _ positions: [Int], _ node: LoweredNode, _ extents: RecurrentExtents,
            _ builder: PlanBuilder
        ) -> [Int?]? {
            var slots: [Int?] = []
            for position in positions {
                guard node.hasInput(position) else {
                    slots.append(nil)
                    continue
                }
                guard let state = builder.tensorInput(node, position), state.type == extents.state
                else { return nil }
                slots.append(state.slot)
            }
            return slots
        }
    }

    // MARK: - Primitives

    extension RecurrentLayer {
        /// The stretches of time of each direction, in the order in which they are walked.
        private var parts: [Part] {
            let length = max(1, min(extents.time, Self.rowLimit / extents.batch))
            let starts = Array(stride(from: 0, to: extents.time, by: length))
            return (0..<extents.directions).flatMap { direction in
                let isReverse = self.direction == .reverse || direction == 1
                let ordered = isReverse ? starts.reversed() : starts
                return ordered.map { start in
                    let (isFirst, isLast) = (start == ordered.first, start == ordered.last)
                    let strides = [isFirst, isLast].map {
                        $0 ? extents.stateSteps.row : extents.hidden
                    }
                    return Part(
                        direction: direction, start: start,
                        key: Key(
                            count: min(length, extents.time - start), isReverse: isReverse,
                            rowStrides: strides),
                        isFirst: isFirst, isLast: isLast)
                }
            }
        }

        private func descriptors(
            _ key: Key, _ steps: RecurrentExtents.Steps
        ) throws -> Descriptors {
            try Descriptors(
                source: extents.sequence(key.count, extents.features, steps),
                states: key.rowStrides.map(extents.state),
                bias: extents.vectors(cell.biasCount),
                peepholes: weights.hasPeepholes ? extents.vectors(3) : nil,
                result: extents.sequence(
                    key.count, extents.hidden, extents.resultSteps.steps))
        }

        /// The primitive of a stretch; `nil` where oneDNN has none.
        ///
        /// The weights are row-major. What oneDNN 2.6 does with weights in an order of its own choice takes up to twelve times
        /// as long for a few samples on processors with AVX-512, and no less on others. Its name for what it does with
        /// row-major ones is that of a reference.
        private func primitive(_ key: Key, _ descriptors: Descriptors) throws -> Primitive? {
            if let known = primitives[key] { return known }
            let gates = cell.gates.count
            let wholes = try [extents.features, extents.hidden].map {
                try Descriptor.plain(extents.float([1, 1, $0, gates, extents.hidden]))
            }
            var all = dnn_recurrent()
            all.source = descriptors.source.handle
            all.source_state = descriptors.states[0].handle
            all.input_weights = wholes[0].handle
            all.state_weights = wholes[1].handle
            all.peephole_weights = descriptors.peepholes?.handle
            all.bias = descriptors.bias.handle
            all.result = descriptors.result.handle
            all.result_state = descriptors.states[1].handle
            if initial.count > 1 {
                all.source_cell = all.source_state
                all.result_cell = all.result_state
            }
            let direction =
                key.isReverse ? dnnl_unidirectional_right2left : dnnl_unidirectional_left2right
            let primitive = try withExtendedLifetime((descriptors, wholes)) {
                try Primitive.make { description, engine, attributes in
                    withUnsafePointer(to: all) {
                        cell.make(description, engine, direction, $0, attributes)
                    }
                }
            }
            primitives[key] = primitive
            return primitive
        }
    }

    // MARK: - Emitting

    extension RecurrentLayer {
        private static let stateArguments = [
            (DNNL_ARG_SRC_ITER, DNNL_ARG_DST_ITER), (DNNL_ARG_SRC_ITER_C, DNNL_ARG_DST_ITER_C),
        ]

        /// Emits the primitives; false where oneDNN doesn't have them.
        func emit() throws -> Bool {
            let (form, steps) = try sourceForm()
            let parts = parts
            let described = try parts.map { part in
                let descriptors = try descriptors(part.key, steps)
                return (part, descriptors, try primitive(part.key, descriptors))
            }
            guard described.allSatisfy({ $0.2 != nil }) else { return false }
            let source = try builder.buffer(x.slot, as: form)
            let initial = try initial.map { slot in
                guard let slot else {
                    return try weights.zeros(extents.batch * extents.stateSteps.row)
                }
                return try builder.buffer(slot, as: Descriptor.plain(extents.state))
            }
            let result = builder.addBuffer(byteCount: extents.all.byteCount)
            let last = initial.indices.map { _ in
                builder.addBuffer(byteCount: extents.state.byteCount)
            }
            let rule = rule(source, initial)
            var states: [BufferID] = []
            for case (let part, let descriptors, let primitive?) in described {
                let offset = part.direction * extents.stateSteps.direction * 4
                let next =
                    part.isLast
                    ? last
                    : initial.map { _ in
                        builder.addBuffer(byteCount: extents.batch * extents.hidden * 4)
                    }
                var reads = [
                    PrimitiveStep.Argument(
                        id: DNNL_ARG_SRC_LAYER, buffer: source, descriptor: descriptors.source,
                        byteOffset: part.start * steps.time * 4)
                ]
                var writes = [
                    PrimitiveStep.Argument(
                        id: DNNL_ARG_DST_LAYER, buffer: result, descriptor: descriptors.result,
                        byteOffset: (part.direction * extents.resultSteps.direction
                            + part.start * extents.resultSteps.steps.time) * 4)
                ]
                for (index, ids) in Self.stateArguments.prefix(initial.count).enumerated() {
                    let given = self.initial[index] != nil
                    reads.append(
                        .init(
                            id: ids.0, buffer: part.isFirst ? initial[index] : states[index],
                            descriptor: descriptors.states[0],
                            byteOffset: part.isFirst && given ? offset : 0))
                    writes.append(
                        .init(
                            id: ids.1, buffer: next[index], descriptor: descriptors.states[1],
                            byteOffset: part.isLast ? offset : 0))
                }
                reads += try constants(part.direction, primitive, descriptors)
                builder.emit(primitive, reads, writes, rule, [node.index])
                states = next
            }
            for case (let position, let slot?) in outputs.enumerated() {
                let type = position == 0 ? extents.all : extents.state
                try builder.define(
                    slot, type, position == 0 ? result : last[position - 1],
                    try Descriptor.plain(type))
            }
            builder.finish(node.index)
            return true
        }

        /// The layout in which the input is read, and the steps through it: as it is, where time or the batch is outside.
        private func sourceForm() throws -> (Descriptor, RecurrentExtents.Steps) {
            let present = try builder.descriptor(x.slot)
            let width = extents.features
            let other = try Descriptor(
                x.type, strides: [width, x.type.shape[0] * width, 1])
            if present.isSamePlace(as: other), !present.isPlain {
                return (other, extents.steps(width, isBatchFirst: !extents.isBatchFirst))
            }
            return (
                try Descriptor.plain(x.type),
                extents.steps(width, isBatchFirst: extents.isBatchFirst)
            )
        }

        /// The constants of one direction as arguments.
        private func constants(
            _ direction: Int, _ primitive: Primitive, _ descriptors: Descriptors
        ) throws -> [PrimitiveStep.Argument] {
            let input = try primitive.descriptor(DNNL_ARG_WEIGHTS_LAYER)
            let state = try primitive.descriptor(DNNL_ARG_WEIGHTS_ITER)
            var arguments = [
                PrimitiveStep.Argument(
                    id: DNNL_ARG_WEIGHTS_LAYER, buffer: try weights.input(direction, as: input),
                    descriptor: input),
                PrimitiveStep.Argument(
                    id: DNNL_ARG_WEIGHTS_ITER, buffer: try weights.state(direction, as: state),
                    descriptor: state),
                PrimitiveStep.Argument(
                    id: DNNL_ARG_BIAS, buffer: try weights.bias(direction),
                    descriptor: descriptors.bias),
            ]
            if let peepholes = descriptors.peepholes,
                let buffer = try weights.peephole(direction)
            {
                arguments.append(
                    .init(id: DNNL_ARG_WEIGHTS_PEEPHOLE, buffer: buffer, descriptor: peepholes))
            }
            return arguments
        }

        /// When the primitives are right: while what goes into the gates is finite; and how large the states are.
        ///
        /// It holds for each stretch of time, since it is drawn from the initial states.
        private func rule(_ source: BufferID, _ initial: [BufferID]) -> MagnitudeRule {
            let weight = weights.magnitudes
            let (extents, bound) = (extents, cell.bound)
            let (features, hidden) = (Float(extents.features), Float(extents.hidden))
            let time = extents.time
            var rule = MagnitudeRule(
                source: { arguments in
                    let products =
                        features * arguments[0] * weight.input
                        + hidden * max(1, arguments[1]) * weight.state
                    let cell = arguments.count > 2 ? arguments[2] + Float(time) : 0
                    return products + weight.bias + cell * weight.peephole
                }, arguments: [source] + initial)
            rule.operations = [
                .init(operand: initial.last, isForFiniteOnly: true) { _, state in
                    bound(state, time)
                }
            ]
            return rule
        }
    }
#endif
