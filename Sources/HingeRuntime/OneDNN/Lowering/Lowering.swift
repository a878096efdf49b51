#if OneDNN
    import HingeGraph
    import HingeOperators
    import HingeProgram

    /// How the steps of one operator run on oneDNN.
    ///
    /// A lowering is one file in `OneDNN/Operators`, and one line in ``Lowerings/all``. Those of elementwise operators
    /// are an ``ElementwiseLowering`` or a ``BinaryLowering``, which only say what function of oneDNN it is.
    protocol Lowering<Operation>: SendableMetatype {
        /// The operator.
        associatedtype Operation: Operator

        /// Whether a step gains more from a plan than one costs that is made in the course of a run.
        static var isWorthPlanning: Bool { get }

        /// Whether it lowers steps whose outputs may be several, or lack the first.
        static var givesSeveral: Bool { get }

        /// The element types of the results that it lowers.
        static var resultTypes: [DataType] { get }

        /// Emits what computes a step, perhaps together with steps behind it.
        ///
        /// - Returns: Whether it did; otherwise the operator's own evaluation runs.
        static func lower(
            _ operation: Operation, _ node: LoweredNode, _ builder: PlanBuilder
        ) throws -> Bool

        /// What the step does to one of its inputs, as post-operations of the primitive that computes that input.
        ///
        /// - Parameter slot: The input, which no other step uses.
        /// - Returns: `nil` where it can't be put so.
        static func postOperations(
            _ operation: Operation, _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]?
    }

    extension Lowering {
        static var isWorthPlanning: Bool { false }

        static var givesSeveral: Bool { false }

        static var resultTypes: [DataType] { [.float32] }

        static func postOperations(
            _ operation: Operation, _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]? {
            nil
        }

        /// ``lower(_:_:_:)`` of a step of the lowering's operator.
        static func lower(_ node: LoweredNode, _ builder: PlanBuilder) throws -> Bool {
            guard let operation = node.step.operation as? Operation else { return false }
            return try lower(operation, node, builder)
        }

        /// ``postOperations(_:_:on:_:)`` of a step of the lowering's operator.
        static func postOperations(
            _ node: LoweredNode, on slot: Int, _ builder: PlanBuilder
        ) -> [Link.Operation]? {
            guard let operation = node.step.operation as? Operation else { return nil }
            return postOperations(operation, node, on: slot, builder)
        }

        /// The operator's type, by which the lowering is found.
        fileprivate static var key: ObjectIdentifier { ObjectIdentifier(Operation.self) }
    }

    extension Lowerings {
        private static let byOperator = Dictionary(
            uniqueKeysWithValues: all.map { ($0.key, $0) })

        /// The lowering of operators of a type.
        static func find(_ type: any Operator.Type) -> (any Lowering.Type)? {
            byOperator[ObjectIdentifier(type)]
        }

        /// The lowering of an operator.
        static func find(_ operation: any Operator) -> (any Lowering.Type)? {
            find(type(of: operation))
        }
    }
#endif
