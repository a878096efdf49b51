extension Shape {
    /// An extent, or an element of a shape, that follows from named extents: `2*N + 1`, `batch*sequence`,
    /// `floor((height + 1)/2)`.
    ///
    /// It is a sum of products of named extents, of quotients rounded down, and of what is above zero of other
    /// expressions; smaller and larger ones of two are sums with such a part. Every factor is zero or more, since an extent
    /// is. What is computed the same way in another order is the same expression.
    public struct Expression: Sendable, Hashable {
        /// The terms in order, each of other factors, none with the coefficient 0.
        fileprivate let terms: [Term]

        fileprivate struct Term: Sendable, Hashable {
            /// What is multiplied, in order.
            var factors: [Factor]
            var coefficient: Int
        }

        fileprivate indirect enum Factor: Sendable, Hashable {
            case symbol(String)
            /// An expression divided by a number above 1, rounded down; its coefficients are less than the number, and
            /// none is negative.
            case quotient(Expression, Int)
            /// An expression where that is positive, and 0 elsewhere.
            case positivePart(Expression)
        }

        /// The most factors and terms, those inside of factors included.
        private static let weightLimit = 48
        /// The longest name of a dimension that is computed with, in bytes.
        private static let nameLimit = 256

        /// - Returns: `nil` when it is too large to go on with.
        private init?(_ terms: some Sequence<Term>) {
            var sums: [[Factor]: Int] = [:]
            for term in terms {
                let (sum, overflow) = sums[term.factors, default: 0]
                    .addingReportingOverflow(term.coefficient)
                if overflow { return nil }
                sums[term.factors] = sum
            }
            var keys: [(key: [String], term: Term)] = []
            var weight = 0
            for (factors, coefficient) in sums where coefficient != 0 {
                weight += 1 + factors.reduce(0) { $0 + $1.weight }
                guard weight <= Expression.weightLimit else { return nil }
                keys.append((factors.map(\.key), Term(factors: factors, coefficient: coefficient)))
            }
            keys.sort { Expression.precedes($0.key, $1.key) }
            self.terms = keys.map(\.term)
        }

        /// Whether a product stands before another: a number without factors is the last.
        private static func precedes(_ left: [String], _ right: [String]) -> Bool {
            if left.isEmpty || right.isEmpty { return !left.isEmpty }
            return left.lexicographicallyPrecedes(right)
        }
    }
}

// MARK: - Numbers and names

package extension Shape.Expression {
    /// A number.
    init(_ value: Int) {
        terms = value == 0 ? [] : [Term(factors: [], coefficient: value)]
    }

    /// What a dimension is; `nil` for an unknown one.
    init?(_ dimension: Shape.Dimension) {
        switch dimension {
        case .known(let extent): self.init(extent)
        case .symbolic(let name):
            guard name.utf8.count <= Self.nameLimit else { return nil }
            self.init([Term(factors: [.symbol(name)], coefficient: 1)])
        case .computed(let expression): self = expression
        case .unknown: return nil
        }
    }

    /// The expression as a dimension: a number or a name where it is no more than that.
    var dimension: Shape.Dimension {
        if let value { return .known(value) }
        if terms.count == 1, terms[0].coefficient == 1, terms[0].factors.count == 1,
            case .symbol(let name) = terms[0].factors[0]
        {
            return .symbolic(name)
        }
        return .computed(self)
    }

    /// The number, if it is one.
    var value: Int? {
        if terms.isEmpty { return 0 }
        return terms.count == 1 && terms[0].factors.isEmpty ? terms[0].coefficient : nil
    }

    /// Whether it is zero or more whatever the named extents are; `false` where that can't be told.
    var isNeverNegative: Bool {
        if terms.allSatisfy({ $0.coefficient >= 0 }) { return true }
        // A quotient is at most what is divided, and a positive part at most what is added in it.
        guard let term = terms.first(where: { $0.coefficient < 0 && $0.factors.count == 1 }),
            let rest = minus(Self([term]))
        else { return false }
        switch term.factors.first {
        case .quotient(let dividend, let divisor)?:
            return rest.times(divisor)?.plus(dividend.times(term.coefficient))?.isNeverNegative
                ?? false
        case .positivePart(let inner)?:
            let bound = Self(inner.terms.filter { $0.coefficient > 0 })
            return rest.plus(bound?.times(term.coefficient))?.isNeverNegative ?? false
        default: return false
        }
    }
}

// MARK: - Arithmetic

package extension Shape.Expression {
    /// The sum; `nil` when there is none, or it is too large to go on with, as for all arithmetic here.
    func plus(_ other: Self?) -> Self? {
        guard let other else { return nil }
        return Self(terms + other.terms)
    }

    /// The difference.
    func minus(_ other: Self?) -> Self? { plus(other?.times(-1)) }

    /// The product with a number.
    func times(_ value: Int) -> Self? { times(Self(value)) }

    /// The product.
    func times(_ other: Self?) -> Self? {
        guard let other, terms.count * other.terms.count <= Self.weightLimit else { return nil }
        var products: [Term] = []
        for left in terms {
            for right in other.terms {
                let (coefficient, overflow) = left.coefficient
                    .multipliedReportingOverflow(by: right.coefficient)
                if overflow { return nil }
                products.append(
                    Term(
                        factors: Self.sorted(left.factors + right.factors), coefficient: coefficient
                    ))
            }
        }
        return Self(products)
    }

    /// The expression where it is positive, and 0 elsewhere.
    var positivePart: Self? {
        if isNeverNegative { return self }
        guard let opposite = times(-1) else { return nil }
        if opposite.isNeverNegative { return Self(0) }
        return Self([Term(factors: [.positivePart(self)], coefficient: 1)])
    }

    /// The smaller one of two.
    func smaller(_ other: Self?) -> Self? {
        guard let (a, b) = ordered(other) else { return nil }
        return a.minus(a.minus(b)?.positivePart)
    }

    /// The larger one of two.
    func larger(_ other: Self?) -> Self? {
        guard let (a, b) = ordered(other) else { return nil }
        return b.plus(a.minus(b)?.positivePart)
    }

    /// Two expressions, a number the second: what is computed of two is the same the other way round.
    private func ordered(_ other: Self?) -> (Self, Self)? {
        guard let other else { return nil }
        return value != nil && other.value == nil ? (other, self) : (self, other)
    }

    /// The quotient by a positive number, rounded down.
    func quotient(by divisor: Int) -> Self? {
        guard divisor > 0 else { return nil }
        if divisor == 1 { return self }
        // Whatever is a multiple of the divisor comes out.
        var whole: [Term] = []
        var rest: [Term] = []
        for term in terms {
            let part = term.coefficient.remainder(modulo: divisor)
            let (multiple, overflow) = term.coefficient.subtractingReportingOverflow(part)
            if overflow { return nil }
            whole.append(Term(factors: term.factors, coefficient: multiple / divisor))
            rest.append(Term(factors: term.factors, coefficient: part))
        }
        guard let whole = Self(whole), let rest = Self(rest) else { return nil }
        // The number left is less than the divisor.
        if rest.value != nil { return whole }
        let common = rest.terms.reduce(divisor) { common, term in
            term.factors.isEmpty ? common : Int.greatestCommonDivisor(common, term.coefficient)
        }
        let dividend = Self(
            rest.terms.map { Term(factors: $0.factors, coefficient: $0.coefficient / common) })
        return whole.plus(dividend?.reducedQuotient(by: divisor / common))
    }

    /// The quotient by a number that has no part in common with all coefficients, which are less.
    private func reducedQuotient(by divisor: Int) -> Self? {
        if divisor == 1 { return self }
        // A quotient of a quotient is one of the product.
        if let term = terms.first, term.coefficient == 1, term.factors.count == 1,
            case .quotient(let dividend, let inner) = term.factors[0],
            let offset = minus(Self([term]))?.value
        {
            let (product, overflow) = inner.multipliedReportingOverflow(by: divisor)
            let (shift, shiftOverflow) = offset.multipliedReportingOverflow(by: inner)
            if !overflow, !shiftOverflow {
                return dividend.plus(Self(shift))?.quotient(by: product)
            }
        }
        return Self([Term(factors: [.quotient(self, divisor)], coefficient: 1)])
    }

    /// The quotient by a positive number, rounded up.
    func quotientRoundedUp(by divisor: Int) -> Self? {
        plus(Self(divisor - 1))?.quotient(by: divisor)
    }

    /// The quotient by an expression that isn't 0, rounded down; `nil` unless all factors of the divisor cancel.
    func quotient(by divisor: Self) -> Self? {
        if let value = divisor.value { return quotient(by: value) }
        guard let leading = divisor.terms.first, leading.coefficient > 0 else { return nil }
        if divisor.terms.count == 1 {
            var reduced: [Term] = []
            for term in terms {
                guard let factors = term.factors(without: leading.factors) else { return nil }
                reduced.append(Term(factors: factors, coefficient: term.coefficient))
            }
            return Self(reduced)?.quotient(by: leading.coefficient)
        }
        for term in terms where term.coefficient % leading.coefficient == 0 {
            guard let factors = term.factors(without: leading.factors) else { continue }
            let candidate = Self([
                Term(factors: factors, coefficient: term.coefficient / leading.coefficient)
            ])
            if candidate?.times(divisor) == self { return candidate }
        }
        return nil
    }

    private static func sorted(_ factors: [Factor]) -> [Factor] {
        guard factors.count > 1 else { return factors }
        return factors.map { ($0, $0.key) }.sorted { $0.1 < $1.1 }.map(\.0)
    }
}

extension Shape.Expression.Term {
    /// The factors but for others; `nil` when those aren't among them.
    fileprivate func factors(
        without others: [Shape.Expression.Factor]
    ) -> [Shape.Expression.Factor]? {
        var rest = factors
        for factor in others {
            guard let index = rest.firstIndex(of: factor) else { return nil }
            rest.remove(at: index)
        }
        return rest
    }
}

extension Int {
    /// What is left of a division rounded down: never negative.
    fileprivate func remainder(modulo divisor: Int) -> Int {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// The greatest number that divides two positive ones.
    fileprivate static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}

// MARK: - Text

extension Shape.Expression: CustomStringConvertible {
    /// The text that people read.
    public var description: String {
        if terms.isEmpty { return "0" }
        return terms.enumerated().map { index, term in
            let isNegative = term.coefficient < 0
            let sign = index == 0 ? (isNegative ? "-" : "") : (isNegative ? " - " : " + ")
            return sign + term.text
        }.joined()
    }
}

extension Shape.Expression.Term {
    /// The product without its sign.
    fileprivate var text: String {
        let number = coefficient.magnitude
        let texts = factors.map(\.text)
        return (number == 1 && !texts.isEmpty ? texts : ["\(number)"] + texts)
            .joined(separator: "*")
    }
}

extension Shape.Expression.Factor {
    fileprivate var text: String {
        switch self {
        case .symbol(let name):
            name.allSatisfy { $0.isLetter || $0.isNumber || "_.:/".contains($0) }
                ? name : "(\(name))"
        case .quotient(let dividend, let divisor):
            dividend.terms.count == 1 && dividend.terms[0].coefficient == 1
                ? "floor(\(dividend)/\(divisor))" : "floor((\(dividend))/\(divisor))"
        case .positivePart(let inner): "max(0, \(inner))"
        }
    }

    /// What factors are put in order by: names first.
    fileprivate var key: String {
        if case .symbol(let name) = self { "0\(name)" } else { "1\(text)" }
    }

    /// The number of terms and factors in it.
    fileprivate var weight: Int {
        switch self {
        case .symbol: 1
        case .quotient(let inner, _), .positivePart(let inner):
            inner.terms.reduce(1) { $0 + $1.factors.reduce(1) { $0 + $1.weight } }
        }
    }
}
