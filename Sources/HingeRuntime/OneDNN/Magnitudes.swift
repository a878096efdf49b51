#if OneDNN
    import HingeGraph

    /// What is known, before a run, of how large the elements of a plan's buffers are.
    struct MagnitudePlan: Sendable {
        /// Bounds of the elements of those buffers that are constants; infinite for the others.
        var bounds: [Float] = []
        /// The types of the elements of all buffers.
        var types: [DataType] = []
        /// The buffers in the caller's inputs that primitives read.
        var inputs: [BufferID] = []
        /// As long as the elements of all ``inputs`` are at most this large, every primitive gives the right results;
        /// `nil` where no such number is known.
        var inputLimit: Float?

        init() {}

        /// - Parameters:
        ///   - bounds: Bounds of the elements of constants; infinite for all other buffers.
        ///   - rules: The rules of the primitives and the buffers that they write, in the order in which they run.
        ///   - types: The types of the elements of all buffers.
        ///   - isInput: Whether a buffer is in one of the caller's inputs.
        init(
            _ bounds: [Float], _ rules: [(rule: MagnitudeRule, outputs: [BufferID])],
            _ types: [DataType], isInput: (BufferID) -> Bool
        ) {
            self.bounds = bounds
            self.types = types
            var found: Set<BufferID> = []
            for (rule, _) in rules {
                rule.forEachBuffer { if isInput($0) { found.insert($0) } }
            }
            inputs = found.sorted()
            inputLimit = MagnitudePlan.limits.first { limit in
                var bounds = bounds
                for buffer in inputs { bounds[buffer] = limit }
                return bounds.withUnsafeMutableBufferPointer { bounds in
                    rules.allSatisfy { rule, outputs in
                        let (magnitude, isSafe) = rule.bound(UnsafeBufferPointer(bounds))
                        for output in outputs { bounds[output] = magnitude }
                        return isSafe
                    }
                }
            }
        }

        /// The limits that are tried: up to what tokens, pixels, and pixels minus their mean are.
        private static let limits: [Float] = [0x1p24, 0x1p16, 0x1p12, 0x1p8, 0x1p4]
    }

    /// A step that says how large its results are.
    protocol WatchedStep: PlanStep {
        /// How large the results are, and when they are right; `nil` where that is nobody's concern.
        var rule: MagnitudeRule? { get }

        /// The buffers that the rule is of.
        var outputBuffers: [BufferID] { get }

        /// The buffers that it reads and writes, and the types of their elements.
        var elements: [(buffer: BufferID, type: DataType)] { get }
    }

    extension WatchedStep {
        /// Notes how large the results are, unless that is known of all of the run's.
        func watch(_ workspace: Workspace) throws {
            guard let rule, !workspace.magnitudes.isWithinLimit.pointee else { return }
            try workspace.magnitudes.note(rule, of: outputBuffers, workspace)
        }
    }

    /// Bounds of the elements of a workspace's buffers, as far as they are known at some point of a run.
    ///
    /// They stand in memory of their own, since they are read and written for each step of each run.
    final class Magnitudes {
        private let plan: MagnitudePlan
        /// Infinite where nothing is known.
        private let bounds: UnsafeMutableBufferPointer<Float>
        /// Whether the elements of a buffer were looked at in this run.
        private let isExact: UnsafeMutableBufferPointer<Bool>
        /// Whether the inputs of this run are within the plan's limit, so that the primitives are right whatever they meet.
        var isWithinLimit: UnsafePointer<Bool> { UnsafePointer(isSafe) }
        private let isSafe: UnsafeMutablePointer<Bool>

        init(_ plan: MagnitudePlan) {
            self.plan = plan
            bounds = .allocate(capacity: plan.bounds.count)
            _ = bounds.initialize(fromContentsOf: plan.bounds)
            isExact = .allocate(capacity: plan.bounds.count)
            isExact.initialize(repeating: false)
            isSafe = .allocate(capacity: 1)
            isSafe.initialize(to: false)
        }

        deinit {
            bounds.deallocate()
            isExact.deallocate()
            isSafe.deallocate()
        }

        /// Forgets what was known of another run, and looks at the inputs where that may tell enough.
        func begin(_ workspace: Workspace) throws {
            isSafe.pointee = false
            for index in bounds.indices {
                bounds[index] = plan.bounds[index]
                isExact[index] = bounds[index] < .infinity
            }
            guard let limit = plan.inputLimit else { return }
            for buffer in plan.inputs {
                try look(at: buffer, workspace)
                guard bounds[buffer] <= limit else { return }
            }
            isSafe.pointee = true
        }

        /// Notes a bound of the elements of a primitive's results.
        ///
        /// - Throws: ``NonFiniteValues`` when the primitive may not give the right ones.
        func note(
            _ rule: MagnitudeRule, of outputs: [BufferID], _ workspace: Workspace
        ) throws {
            let bound = try bound(rule, workspace)
            for output in outputs { bounds[output] = bound }
        }

        private func bound(_ rule: MagnitudeRule, _ workspace: Workspace) throws -> Float {
            let bound = rule.bound(UnsafeBufferPointer(bounds))
            if bound.isSafe { return bound.magnitude }
            try rule.forEachBuffer { buffer in
                if !isExact[buffer] { try look(at: buffer, workspace) }
            }
            let exact = rule.bound(UnsafeBufferPointer(bounds))
            if exact.isSafe { return exact.magnitude }
            guard let rowCount = rule.rowCount, let x = rule.arguments.first,
                let address = try workspace.address(of: x),
                Magnitude.areRowsFinite(
                    address, plan.types[x], byteCount: workspace.plan.byteCounts[x],
                    rowCount: rowCount)
            else { throw NonFiniteValues() }
            return exact.magnitude
        }

        private func look(at buffer: BufferID, _ workspace: Workspace) throws {
            guard let address = try workspace.address(of: buffer) else { return }
            bounds[buffer] = Magnitude.of(
                address, plan.types[buffer], byteCount: workspace.plan.byteCounts[buffer])
            isExact[buffer] = true
        }
    }
#endif
