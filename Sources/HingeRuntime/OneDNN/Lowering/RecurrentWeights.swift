#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// The constants of a recurrent layer, and the forms in which its primitives take them.
    ///
    /// Letters as in ``RecurrentExtents``.
    final class RecurrentWeights {
        enum Role: Int, Hashable, Sendable {
            case input, state, bias, peephole, zeros
        }

        /// What tells the forms of one constant from each other.
        private struct Form: Hashable, Sendable {
            let role: Role
            let direction: Int
            let gates: [Int]
            let count: Int
            var layout: Layout?
        }

        private let extents: RecurrentExtents
        private let cell: RecurrentCell
        private let builder: PlanBuilder
        /// `[D, G·H, I]`.
        private let input: MemoryRegion
        /// `[D, G·H, H]`.
        private let state: MemoryRegion
        /// `[D, 2·G·H]`.
        private let bias: MemoryRegion?
        /// `[D, 3·H]`.
        private let peephole: MemoryRegion?
        private var forms: [(form: Form, descriptor: Descriptor?, buffer: BufferID)] = []

        /// `nil` unless all of them are constants of single precision of the shapes that they should have.
        init?(
            _ extents: RecurrentExtents, _ cell: RecurrentCell, _ node: LoweredNode,
            _ builder: PlanBuilder
        ) {
            let rows = cell.gates.count * extents.hidden
            func region(_ position: Int, _ shape: [Int]) -> MemoryRegion? {
                guard let tensor = builder.constantInput(node, position),
                    tensor.dataType == .float32, tensor.shape == [extents.directions] + shape
                else { return nil }
                return tensor.region
            }
            guard let input = region(1, [rows, extents.features]),
                let state = region(2, [rows, extents.hidden])
            else { return nil }
            bias = region(3, [2 * rows])
            peephole = cell.peepholes.isEmpty ? nil : region(7, [3 * extents.hidden])
            guard (bias != nil) == node.hasInput(3),
                cell.peepholes.isEmpty || (peephole != nil) == node.hasInput(7)
            else { return nil }
            self.input = input
            self.state = state
            self.extents = extents
            self.cell = cell
            self.builder = builder
        }

        var hasPeepholes: Bool { peephole != nil }

        /// How large the elements of each are at most.
        var magnitudes: (input: Float, state: Float, bias: Float, peephole: Float) {
            func magnitude(_ region: MemoryRegion?) -> Float {
                region.map { builder.weights.magnitude(of: $0, .float32) } ?? 0
            }
            // Two biases are added.
            return (magnitude(input), magnitude(state), 2 * magnitude(bias), magnitude(peephole))
        }

        /// The input weights of one direction in a layout.
        func input(_ direction: Int, as descriptor: Descriptor) throws -> BufferID {
            try matrix(.input, input, direction, extents.features, descriptor)
        }

        /// The recurrence weights of one direction in a layout.
        func state(_ direction: Int, as descriptor: Descriptor) throws -> BufferID {
            try matrix(.state, state, direction, extents.hidden, descriptor)
        }

        private func matrix(
            _ role: Role, _ region: MemoryRegion, _ direction: Int, _ columns: Int,
            _ descriptor: Descriptor
        ) throws -> BufferID {
            let form = Form(
                role: role, direction: direction, gates: cell.gates, count: columns,
                layout: descriptor.layout)
            return try buffer(form, of: region, descriptor) { [cell, extents] in
                let source = try Self.gathered(
                    region, direction, cell.gates, extents.hidden * columns)
                return try OneDNN.reorder(
                    source, extents.weights(cell.gates.count, columns), to: descriptor)
            }
        }

        /// The biases of one direction, those of both weights added: `[biasCount, H]`.
        func bias(_ direction: Int) throws -> BufferID {
            guard let bias else { return try zeros(cell.biasCount * extents.hidden) }
            let form = Form(
                role: .bias, direction: direction, gates: cell.gates, count: cell.biasCount)
            return try buffer(form, of: bias) { [cell, hidden = extents.hidden] in
                let all = cell.gates + cell.gates.map { $0 + cell.gates.count }
                let both = try Self.gathered(bias, direction, all, hidden)
                let vectors = both.base.assumingMemoryBound(to: Float.self)
                // What is left behind the sums is the bias that stands by itself, where there is one.
                let (sums, size) = (cell.gates.count - (cell.hasSeparateBias ? 1 : 0), hidden)
                let (first, second) = (vectors, vectors + cell.gates.count * size)
                for index in 0..<sums * size { first[index] += second[index] }
                guard cell.hasSeparateBias else { return both }
                for index in 0..<size { second[index] = second[sums * size + index] }
                return both
            }
        }

        /// The peepholes of one direction, `[3, H]`; `nil` without.
        func peephole(_ direction: Int) throws -> BufferID? {
            guard let peephole else { return nil }
            let form = Form(
                role: .peephole, direction: direction, gates: cell.peepholes,
                count: extents.hidden)
            return try buffer(form, of: peephole) { [cell, hidden = extents.hidden] in
                try Self.gathered(peephole, direction, cell.peepholes, hidden)
            }
        }

        /// So many zeros.
        func zeros(_ count: Int) throws -> BufferID {
            let form = Form(role: .zeros, direction: 0, gates: [], count: count)
            return try buffer(form, of: state) {
                let region = try MemoryRegion(allocating: count * 4)
                region.base.initializeMemory(as: Float.self, repeating: 0, count: count)
                return region
            }
        }

        /// One constant in a form, made once; a layout that only its primitive understands is made for each plan.
        private func buffer(
            _ form: Form, of region: MemoryRegion, _ descriptor: Descriptor? = nil,
            _ make: () throws -> MemoryRegion
        ) throws -> BufferID {
            for known in forms where known.form == form {
                guard let descriptor, let other = known.descriptor else { return known.buffer }
                if descriptor.isSamePlace(as: other) { return known.buffer }
            }
            let isOpaque = descriptor != nil && form.layout == nil
            let made =
                try isOpaque ? make() : builder.weights.region(of: region, in: form, make)
            let buffer = builder.addBuffer(byteCount: made.byteCount, at: .constant(made))
            forms.append((form, descriptor, buffer))
            return buffer
        }

        /// Blocks of a direction in another order, `size` numbers each.
        private static func gathered(
            _ region: MemoryRegion, _ direction: Int, _ order: [Int], _ size: Int
        ) throws -> MemoryRegion {
            let byteCount = size * 4
            let result = try MemoryRegion(allocating: order.count * byteCount)
            let source = region.base + direction * order.count * byteCount
            for (place, block) in order.enumerated() {
                (result.base + place * byteCount).copyMemory(
                    from: source + block * byteCount, byteCount: byteCount)
            }
            return result
        }
    }
#endif
