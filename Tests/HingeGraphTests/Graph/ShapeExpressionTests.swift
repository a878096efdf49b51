import HingeGraph
import Testing

@Suite("Expressions of dimensions")
struct ShapeExpressionTests {
    private typealias Expression = Shape.Expression

    private static func symbol(_ name: String) throws -> Expression {
        try #require(Expression(.symbolic(name)))
    }

    @Test("Sums and products have one form, however they are made")
    func canonical() throws {
        let (n, m) = (try Self.symbol("N"), try Self.symbol("M"))
        let left = n.plus(m)?.times(n.minus(m))
        let right = n.times(n)?.minus(m.times(m))
        #expect(left == right)
        #expect(left?.description == "-M*M + N*N")
        #expect(n.plus(n)?.plus(Expression(3))?.description == "2*N + 3")
        #expect(n.minus(n)?.dimension == .known(0))
        #expect(n.plus(Expression(0))?.dimension == .symbolic("N"))
        #expect(n.times(m) == m.times(n))
    }

    @Test("Quotients are rounded down, and divided further")
    func quotients() throws {
        let n = try Self.symbol("N")
        #expect(n.times(6)?.quotient(by: 3)?.description == "2*N")
        #expect(n.times(6)?.plus(Expression(4))?.quotient(by: 3)?.description == "2*N + 1")
        #expect(n.times(2)?.plus(Expression(3))?.quotient(by: 4)?.description == "floor((N + 1)/2)")
        #expect(n.minus(Expression(1))?.quotient(by: 2)?.description == "floor((N + 1)/2) - 1")
        // As two convolutions with a stride of 2 do: ⌈⌈N / 2⌉ / 2⌉ = ⌈N / 4⌉.
        let half = n.quotientRoundedUp(by: 2)
        #expect(half?.quotientRoundedUp(by: 2)?.description == "floor((N + 3)/4)")
        #expect(half?.quotientRoundedUp(by: 2) == n.quotientRoundedUp(by: 4))
    }

    @Test("Factors cancel")
    func cancelling() throws {
        let (past, length, batch) = (
            try Self.symbol("past"), try Self.symbol("length"), try Self.symbol("batch")
        )
        let total = try #require(past.plus(length))
        let elements = try #require(total.times(batch)?.times(768))
        #expect(elements.quotient(by: total)?.description == "768*batch")
        #expect(
            elements.quotient(by: try #require(batch.times(64)))?.description
                == "12*length + 12*past")
        #expect(total.quotient(by: batch) == nil)
    }

    @Test("What is above zero is told where it can be")
    func signs() throws {
        let (n, m) = (try Self.symbol("N"), try Self.symbol("M"))
        #expect(n.plus(m)?.isNeverNegative == true)
        #expect(n.minus(Expression(1))?.isNeverNegative == false)
        #expect(n.minus(n.quotient(by: 2))?.isNeverNegative == true)
        #expect(n.smaller(Expression(4))?.isNeverNegative == true)
        #expect(n.minus(Expression(1))?.positivePart?.description == "max(0, N - 1)")
        #expect(n.minus(n.plus(m))?.positivePart?.dimension == .known(0))
        #expect(n.plus(m)?.smaller(n) == n)
        #expect(n.larger(n.plus(m)) == n.plus(m))
    }

    /// Expressions of `N` and `M`, and what they are for some numbers.
    @Test("Expressions compute what they say", arguments: 0..<12, 0..<5)
    func values(_ n: Int, _ m: Int) throws {
        // With the numbers put in from the beginning, every step gives a number.
        func result(_ n: Expression, _ m: Expression) -> [Expression?] {
            [
                n.plus(m)?.times(3)?.minus(Expression(7))?.quotient(by: 4),
                n.quotient(by: 3)?.plus(m)?.plus(Expression(5))?.quotient(by: 2),
                n.minus(m)?.positivePart, n.smaller(m), n.larger(m.times(2)),
                n.minus(Expression(4))?.quotientRoundedUp(by: 3)?.plus(n.quotient(by: 5)),
            ]
        }
        let symbols = result(try Self.symbol("N"), try Self.symbol("M"))
        let numbers = result(Expression(n), Expression(m))
        for (symbolic, number) in zip(symbols, numbers) {
            let text = try #require(symbolic?.description)
            #expect(Self.value(text, n, m) == number?.value, "\(text)")
        }
    }

    /// The value of an expression as it is written.
    private static func value(_ text: String, _ n: Int, _ m: Int) -> Int? {
        var rest = Substring(text)
        return sum(&rest, ["N": n, "M": m])
    }

    private static func sum(_ text: inout Substring, _ names: [String: Int]) -> Int? {
        var total = 0
        var sign = 1
        if text.hasPrefix("-") {
            text.removeFirst()
            sign = -1
        }
        while true {
            guard let product = product(&text, names) else { return nil }
            total += sign * product
            if text.hasPrefix(" + ") {
                sign = 1
            } else if text.hasPrefix(" - ") {
                sign = -1
            } else {
                return total
            }
            text.removeFirst(3)
        }
    }

    private static func product(_ text: inout Substring, _ names: [String: Int]) -> Int? {
        guard var result = factor(&text, names) else { return nil }
        while text.hasPrefix("*") {
            text.removeFirst()
            guard let next = factor(&text, names) else { return nil }
            result *= next
        }
        return result
    }

    private static func factor(_ text: inout Substring, _ names: [String: Int]) -> Int? {
        func skip(_ prefix: String) -> Bool {
            guard text.hasPrefix(prefix) else { return false }
            text.removeFirst(prefix.count)
            return true
        }
        if skip("max(0, ") {
            let inner = sum(&text, names)
            return skip(")") ? inner.map { max(0, $0) } : nil
        }
        if skip("floor(") {
            let isGrouped = skip("(")
            guard let inner = sum(&text, names), !isGrouped || skip(")"), skip("/"),
                let divisor = factor(&text, names), skip(")")
            else { return nil }
            let (quotient, rest) = inner.quotientAndRemainder(dividingBy: divisor)
            return rest < 0 ? quotient - 1 : quotient
        }
        let word = text.prefix { $0.isLetter || $0.isNumber }
        text.removeFirst(word.count)
        return Int(word) ?? names[String(word)]
    }

    @Test("What grows without end is given up")
    func limits() throws {
        var expression: Expression? = Expression(0)
        for index in 0..<100 {
            expression = expression?.plus(Expression(.symbolic("d\(index)")))
        }
        #expect(expression == nil)
        #expect(Expression(.max).plus(Expression(1)) == nil)
        #expect(Expression(.min).times(-1) == nil)
        #expect(Expression(.symbolic(String(repeating: "n", count: 300))) == nil)
        #expect(Expression(.unknown) == nil)
    }

    @Test("Names that aren't words stand in parentheses")
    func names() throws {
        let sum = try #require(Expression(.symbolic("past + 1"))?.plus(Expression(2)))
        #expect(sum.description == "(past + 1) + 2")
        #expect(sum.dimension.description == "(past + 1) + 2")
    }
}
